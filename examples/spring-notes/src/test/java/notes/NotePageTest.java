package notes;

import static org.hamcrest.Matchers.contains;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.jsonPath;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.autoconfigure.web.servlet.AutoConfigureMockMvc;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.TestPropertySource;
import org.springframework.test.web.servlet.MockMvc;

/** A8: MockMvc on a context of its own, beside the real server of other classes, thrown away after each test: its start-up is repeated, on a database that knows it already. */
@SpringBootTest
@AutoConfigureMockMvc
@TestPropertySource(properties = "notes.page-size=2")
@DirtiesContext(classMode = DirtiesContext.ClassMode.AFTER_EACH_TEST_METHOD)
class NotePageTest {
  @Autowired MockMvc mvc;
  @Autowired Notebook notebook;

  @Test
  void showsTheFirstTwoOfThree() throws Exception {
    for (String title : new String[] {"c", "a", "b"}) notebook.write("ada@notes.example", title, "");

    mvc.perform(get("/notes").param("author", "ada@notes.example")).andExpect(status().isOk()).andExpect(jsonPath("$[*].title", contains("a", "b")));
  }

  @Test
  void showsNothingOfOthers() throws Exception {
    notebook.write("bob@notes.example", "a", "");

    mvc.perform(get("/notes").param("author", "ada@notes.example")).andExpect(jsonPath("$").isEmpty());
  }
}
