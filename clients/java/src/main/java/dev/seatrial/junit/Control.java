package dev.seatrial.junit;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** The control API of the session that this JVM runs in. Calls of many threads come one after another, over one connection. */
final class Control {
  static final String PLUGIN = "seatrial-junit";
  static final String VERSION = "0.1.0";

  private static final String API_VERSION = "1";
  /** The server closes a connection that has been silent for 5 s. */
  private static final long FRESH_NANOS = 3_000_000_000L;

  private final String url;
  private final Map<String, String> headers = new LinkedHashMap<>();
  private Http connection;
  private long usedAt;

  Control(String url, String token) {
    this.url = url;
    headers.put("Authorization", "Bearer " + token);
    headers.put("Seatrial-Api-Version", API_VERSION);
  }

  /** A lease, and the open connection that holds it. */
  static final class Held {
    final Map<String, Object> grant;
    final Http connection;

    Held(Map<String, Object> grant, Http connection) {
      this.grant = grant;
      this.connection = connection;
    }
  }

  /** The lease ends when the connection closes, at the latest with this process. */
  Held hold(Map<String, Object> request) {
    Http held = null;
    try {
      held = open();
      held.send("1.0", "POST", "/v1/leases", headers, Json.write(request));
      Map<String, Object> grant = read(held.receiveLine());
      Held result = new Held(grant, held);
      held = null;
      return result;
    } catch (IOException | IllegalArgumentException error) {
      throw unreachable(error);
    } finally {
      close(held);
    }
  }

  synchronized Map<String, Object> call(String method, String path, Map<String, ?> body) {
    String text = body == null ? null : Json.write(body);
    try {
      if (connection != null && System.nanoTime() - usedAt > FRESH_NANOS) drop();
      Http.Answer answer;
      try {
        answer = exchange(method, path, text);
      } catch (Http.Stale stale) {
        drop();
        answer = exchange(method, path, text);
      }
      usedAt = System.nanoTime();
      if ("close".equalsIgnoreCase(answer.headers.get("connection"))) drop();
      return read(answer);
    } catch (IOException | IllegalArgumentException error) {
      drop();
      throw unreachable(error);
    }
  }

  private Http.Answer exchange(String method, String path, String body) throws IOException {
    if (connection == null) connection = open();
    connection.send("1.1", method, path, headers, body);
    return connection.receive();
  }

  private Http open() throws IOException {
    URI uri = URI.create(url);
    return new Http(uri.getHost(), uri.getPort());
  }

  private Map<String, Object> read(Http.Answer answer) {
    String version = answer.headers.get("seatrial-api-version");
    if (!API_VERSION.equals(version)) {
      String message = "the session speaks version " + version + " of the control API, " + PLUGIN + " speaks " + API_VERSION;
      throw new SeatrialException("SEATRIAL_CONTROL_REJECTED", message, "use the same version of seatrial and of " + PLUGIN, null);
    }
    Map<String, Object> body = answer.body.trim().isEmpty() ? Collections.emptyMap() : toMap(Json.parse(answer.body));
    if (answer.status / 100 == 2) return body;
    throw new SeatrialException(String.valueOf(body.get("code")), String.valueOf(body.get("message")), (String) body.get("hint"), null);
  }

  private SeatrialException unreachable(Exception error) {
    boolean slow = error instanceof SocketTimeoutException;
    String message = "the session does not answer at " + url + ": " + (slow ? "no answer within 120 s" : error.getMessage());
    return new SeatrialException("SEATRIAL_CONTROL_UNREACHABLE", message, "the session may have ended: run the tests through `seatrial run`", error);
  }

  private void drop() {
    close(connection);
    connection = null;
  }

  private static void close(Http http) {
    try {
      if (http != null) http.close();
    } catch (IOException error) {
      // it is of no use any more
    }
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> toMap(Object json) {
    if (!(json instanceof Map)) throw new IllegalArgumentException("an object was expected");
    return (Map<String, Object>) json;
  }
}
