package notes;

import java.util.List;
import org.springframework.data.domain.Limit;
import org.springframework.data.jpa.repository.JpaRepository;

public interface NoteRepository extends JpaRepository<Note, Long> {
  List<Note> findByAuthorEmailOrderByTitle(String email, Limit limit);
}
