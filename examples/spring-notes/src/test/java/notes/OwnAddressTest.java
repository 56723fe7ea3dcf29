package notes;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** R16: what a test sets for itself wins over what it is given. */
@SpringBootTest
class OwnAddressTest {
  @DynamicPropertySource
  static void address(DynamicPropertyRegistry registry) {
    registry.add("spring.datasource.url", () -> System.getenv("SPRING_DATASOURCE_URL") + "?ApplicationName=by-the-test");
  }

  @Autowired JdbcTemplate jdbc;

  @Test
  void isUsed() {
    assertThat(jdbc.queryForObject("show application_name", String.class)).isEqualTo("by-the-test");
  }
}
