package notes;

import java.util.Optional;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

@Service
public class Notebook {
  private final AuthorRepository authors;
  private final NoteRepository notes;

  Notebook(AuthorRepository authors, NoteRepository notes) {
    this.authors = authors;
    this.notes = notes;
  }

  /** An author comes into being with the first note. */
  @Transactional
  public Note write(String email, String title, String body) {
    Author author = authors.findByEmail(email).orElseGet(() -> authors.save(new Author(email, email.replaceAll("@.*", ""))));
    return notes.saveAndFlush(new Note(author, title, body));
  }

  @Transactional(readOnly = true)
  public Optional<Note> find(long id) {
    Optional<Note> note = notes.findById(id);
    note.ifPresent(found -> found.getAuthor().getEmail());
    return note;
  }
}
