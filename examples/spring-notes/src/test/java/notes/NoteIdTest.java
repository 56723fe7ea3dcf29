package notes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.RepeatedTest;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

/** Hibernate keeps a block of ids in memory, which no reset of the database reaches: ids must neither come twice nor turn negative. */
@SpringBootTest
class NoteIdTest {
  private static final Set<Long> SEEN = new HashSet<>();

  @Autowired Notebook notebook;
  @Autowired NoteRepository notes;

  @RepeatedTest(200)
  void isNewAndPositive() {
    assertThat(notes.count()).isZero();
    Note first = notebook.write("ada@notes.example", "first", "");
    Note second = notebook.write("ada@notes.example", "second", "");

    for (Note note : new Note[] {first, second}) {
      assertThat(note.getId()).isPositive();
      assertThat(SEEN.add(note.getId())).as("id %s is new", note.getId()).isTrue();
    }
  }
}
