package notes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.persistence.EntityManager;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.autoconfigure.jdbc.AutoConfigureTestDatabase;
import org.springframework.boot.test.autoconfigure.orm.jpa.DataJpaTest;
import org.springframework.data.domain.Limit;
import org.springframework.test.context.transaction.AfterTransaction;

/** `@DataJpaTest` is `@Transactional`: Spring rolls each test back, and nothing is left for Seatrial to do. */
@DataJpaTest
@AutoConfigureTestDatabase(replace = AutoConfigureTestDatabase.Replace.NONE)
class NoteRepositoryTest {
  @Autowired NoteRepository notes;
  @Autowired AuthorRepository authors;
  @Autowired EntityManager entities;

  Author ada;

  @BeforeEach
  void anAuthor() {
    ada = authors.save(new Author("ada@notes.example", "Ada"));
  }

  @AfterTransaction
  void springHasRolledBack() {
    assertThat(authors.findByEmail("ada@notes.example")).isEmpty();
  }

  @Test
  void listsInTheOrderOfTitles() {
    notes.save(new Note(ada, "b", ""));
    notes.save(new Note(ada, "a", ""));

    assertThat(notes.findByAuthorEmailOrderByTitle("ada@notes.example", Limit.of(9))).extracting(Note::getTitle).containsExactly("a", "b");
  }

  @Test
  void deletesTheNotesOfADeletedAuthor() {
    notes.saveAndFlush(new Note(ada, "a", ""));
    entities.clear();

    authors.deleteById(ada.getId());
    authors.flush();

    assertThat(notes.count()).isZero();
  }

  @Test
  void refusesAnAuthorTwice() {
    assertThatThrownBy(() -> authors.saveAndFlush(new Author("ada@notes.example", "Again"))).hasMessageContaining("author_email_key");
  }
}
