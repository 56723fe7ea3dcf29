import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.sql.Connection;
import java.util.ArrayList;

/** An app with HikariCP's default pool, which is told what to do line by line: a statement to execute, or nothing = what it always does. */
public class Pool {
  public static void main(String[] args) throws Exception {
    var config = new HikariConfig();
    config.setJdbcUrl(args[0]);
    config.setUsername(args[1]);
    config.setPassword(args[2]);
    try (var pool = new HikariDataSource(config)) {
      var input = new BufferedReader(new InputStreamReader(System.in));
      for (String line; (line = input.readLine()) != null; ) {
        try {
          if (line.isBlank()) System.out.println("done " + work(pool));
          else {
            try (var connection = pool.getConnection(); var statement = connection.createStatement()) {
              statement.execute(line);
            }
            System.out.println("done");
          }
        } catch (Exception error) {
          System.out.println("failed " + error.getMessage().lines().findFirst().orElse(""));
        }
      }
    }
  }

  private static long work(HikariDataSource pool) throws Exception {
    var held = new ArrayList<Connection>();
    for (int i = 0; i < 3; i++) held.add(pool.getConnection());
    for (var connection : held) {
      for (int qty = 0; qty < 7; qty++) { // the driver prepares on the server what it has executed five times
        try (var find = connection.prepareStatement("SELECT id, note FROM orders WHERE status = ?::status AND id > ?")) {
          find.setString(1, "paid");
          find.setInt(2, 0);
          find.executeQuery().close();
        }
        try (var add = connection.prepareStatement("INSERT INTO items (order_id, qty) VALUES (?, ?) RETURNING id")) {
          add.setInt(1, 1);
          add.setInt(2, qty);
          add.executeQuery().close();
        }
      }
      connection.close();
    }
    try (var connection = pool.getConnection(); var statement = connection.createStatement();
        var rows = statement.executeQuery("SELECT (SELECT count(*) FROM orders) + (SELECT max(id) FROM items) + (SELECT count(*) FROM big)")) {
      rows.next();
      return rows.getLong(1);
    }
  }
}
