package notes;

import jakarta.validation.Valid;
import jakarta.validation.constraints.Email;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Size;
import java.util.List;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.data.domain.Limit;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

@RestController
@RequestMapping("/notes")
class NoteController {
  record NewNote(@Email @NotBlank String author, @NotBlank @Size(max = 100) String title, String body) {}

  record NoteView(long id, String author, String title, String body) {
    static NoteView of(Note note, String author) {
      return new NoteView(note.getId(), author, note.getTitle(), note.getBody());
    }
  }

  private final Notebook notebook;
  private final NoteRepository notes;
  private final int pageSize;

  NoteController(Notebook notebook, NoteRepository notes, @Value("${notes.page-size}") int pageSize) {
    this.notebook = notebook;
    this.notes = notes;
    this.pageSize = pageSize;
  }

  @PostMapping
  @ResponseStatus(HttpStatus.CREATED)
  NoteView create(@Valid @RequestBody NewNote note) {
    Note written = notebook.write(note.author(), note.title(), note.body() == null ? "" : note.body());
    return NoteView.of(written, note.author());
  }

  @GetMapping
  List<NoteView> list(@RequestParam String author) {
    return notes.findByAuthorEmailOrderByTitle(author, Limit.of(pageSize)).stream().map(note -> NoteView.of(note, author)).toList();
  }

  @GetMapping("/{id}")
  NoteView read(@PathVariable long id) {
    return notebook.find(id).map(note -> NoteView.of(note, note.getAuthor().getEmail())).orElseThrow(NoteController::notFound);
  }

  @DeleteMapping("/{id}")
  @ResponseStatus(HttpStatus.NO_CONTENT)
  void delete(@PathVariable long id) {
    if (!notes.existsById(id)) throw notFound();
    notes.deleteById(id);
  }

  private static ResponseStatusException notFound() {
    return new ResponseStatusException(HttpStatus.NOT_FOUND);
  }
}
