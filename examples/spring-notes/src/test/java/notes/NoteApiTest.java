package notes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.client.TestRestTemplate;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;

/** A real server on a real port: what the tests write is committed, over several connections. */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
class NoteApiTest {
  @Autowired TestRestTemplate http;
  @Autowired NoteRepository notes;
  @Autowired AuthorRepository authors;

  @BeforeEach
  void nothingIsLeftOfOtherTests() {
    assertThat(notes.count()).isZero();
    assertThat(authors.findAll()).extracting(Author::getEmail).containsExactly(WelcomeAuthor.EMAIL);
  }

  @Test
  void createsANoteAndItsAuthor() {
    var created = http.postForEntity("/notes", Map.of("author", "ada@notes.example", "title", "Engines"), Map.class);

    assertThat(created.getStatusCode()).isEqualTo(HttpStatus.CREATED);
    assertThat(created.getBody()).containsEntry("title", "Engines").containsKey("id");
    assertThat(authors.findByEmail("ada@notes.example")).isPresent();
  }

  @Test
  void readsListsAndDeletes() {
    Object id = http.postForObject("/notes", Map.of("author", "ada@notes.example", "title", "Engines", "body", "of brass"), Map.class).get("id");

    assertThat(http.getForObject("/notes/" + id, Map.class)).containsEntry("body", "of brass");
    assertThat(http.getForObject("/notes?author=ada@notes.example", Object[].class)).hasSize(1);
    assertThat(http.exchange("/notes/" + id, HttpMethod.DELETE, null, Void.class).getStatusCode()).isEqualTo(HttpStatus.NO_CONTENT);
    assertThat(http.getForEntity("/notes/" + id, Map.class).getStatusCode()).isEqualTo(HttpStatus.NOT_FOUND);
  }

  @Test
  void refusesASecondNoteOfTheSameTitle() {
    var note = Map.of("author", "ada@notes.example", "title", "Engines");
    http.postForEntity("/notes", note, Map.class);

    assertThat(http.postForEntity("/notes", note, Map.class).getStatusCode()).isEqualTo(HttpStatus.CONFLICT);
    assertThat(notes.count()).isOne();
  }

  @Test
  void namesTheFieldsThatAreWrong() {
    var refused = http.postForEntity("/notes", Map.of("author", "nobody", "title", " "), Map.class);

    assertThat(refused.getStatusCode()).isEqualTo(HttpStatus.BAD_REQUEST);
    assertThat(refused.getBody().get("fields")).asList().containsExactly("author", "title");
  }
}
