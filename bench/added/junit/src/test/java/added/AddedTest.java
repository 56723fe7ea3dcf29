package added;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AddedTest {
  private static final List<Double> STARTS = new ArrayList<>();
  private static Connection app;

  static IntStream numbers() {
    return IntStream.range(0, Integer.parseInt(System.getenv("ADDED_TESTS")));
  }

  @BeforeAll
  static void connect() throws SQLException {
    String url = "jdbc:postgresql://" + System.getenv("PGHOST") + ":" + System.getenv("PGPORT") + "/" + System.getenv("PGDATABASE");
    app = DriverManager.getConnection(url, System.getenv("PGUSER"), System.getenv("PGPASSWORD"));
  }

  @ParameterizedTest
  @MethodSource("numbers")
  void writes(int number) throws SQLException {
    STARTS.add(System.nanoTime() / 1e6);
    try (Statement statement = app.createStatement()) {
      statement.executeUpdate("INSERT INTO customers (email, name) VALUES ('n" + number + "@shop.test', 'n')");
      assertEquals(1, statement.executeUpdate("UPDATE products SET stock = stock - 1 WHERE id = 1"));
    }
  }

  @AfterAll
  static void report() throws IOException, SQLException {
    app.close();
    Files.write(Paths.get(System.getenv("ADDED_TIMES")), STARTS.toString().getBytes());
  }
}
