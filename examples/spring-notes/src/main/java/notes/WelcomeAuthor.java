package notes;

import org.springframework.boot.CommandLineRunner;
import org.springframework.stereotype.Component;

/** Each installation begins with an author of its own. */
@Component
class WelcomeAuthor implements CommandLineRunner {
  static final String EMAIL = "welcome@notes.example";

  private final AuthorRepository authors;

  WelcomeAuthor(AuthorRepository authors) {
    this.authors = authors;
  }

  @Override
  public void run(String... args) {
    if (authors.findByEmail(EMAIL).isEmpty()) authors.save(new Author(EMAIL, "Welcome"));
  }
}
