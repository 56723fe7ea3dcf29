package notes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.orm.ObjectOptimisticLockingFailureException;

/** A note for the whole class: each test finds it as `@BeforeAll` left it, and no other class finds it at all. */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT) // the context of NoteApiTest
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NoteVersionTest {
  @Autowired Notebook notebook;
  @Autowired NoteRepository notes;
  @Autowired AuthorRepository authors;

  long id;

  @BeforeAll
  void aNoteForAllTests() {
    id = notebook.write("ada@notes.example", "Engines", "first").getId();
  }

  @AfterEach
  void nobodyCleansUp() {
    assertThat(notes.count()).isOne();
  }

  @Test
  void theSecondOfTwoWritersIsRefused() {
    Note mine = notes.findById(id).orElseThrow();
    Note yours = notes.findById(id).orElseThrow();
    mine.setBody("mine");
    notes.save(mine);
    yours.setBody("yours");

    assertThatThrownBy(() -> notes.save(yours)).isInstanceOf(ObjectOptimisticLockingFailureException.class);
    assertThat(notes.findById(id).orElseThrow().getBody()).isEqualTo("mine");
  }

  @Test
  void whatTheContextWroteAtItsStartIsThereForEachClass() {
    assertThat(authors.findByEmail(WelcomeAuthor.EMAIL)).isPresent();
  }

  @Test
  void startsFromTheFirstVersion() {
    Note note = notes.findById(id).orElseThrow();
    assertThat(note.getBody()).isEqualTo("first");
    note.setBody("second");
    notes.save(note);
  }

  @Nested
  class WhenAnotherClassIsInside {
    @Test
    void theNoteIsThereToo() {
      assertThat(notes.findById(id).orElseThrow().getBody()).isEqualTo("first");
    }
  }
}
