package dev.seatrial.junit;

import java.util.LinkedHashMap;
import java.util.Map;

/** The one lease of this JVM, held until it ends. */
final class Worker {
  private static Worker current;
  private static SeatrialException failure;
  private static boolean asked;

  private final Control control;
  private final String lease;
  private final Scopes scopes;
  /** Open as long as this JVM lives: it is what holds the lease. */
  private final Http holder;

  private Worker(Control control, String lease, Scopes scopes, Http holder) {
    this.control = control;
    this.lease = lease;
    this.scopes = scopes;
    this.holder = holder;
  }

  /** Leases when that has not been done; null outside of a session, and in children of a process that has leased. */
  static synchronized Worker current() {
    if (failure != null) throw failure;
    if (asked) return current;
    asked = true;
    try {
      current = lease();
    } catch (SeatrialException error) {
      failure = error;
      throw error;
    }
    return current;
  }

  private static Worker lease() {
    String url = System.getenv("SEATRIAL_CONTROL_URL");
    String token = System.getenv("SEATRIAL_CONTROL_TOKEN");
    String isolation = System.getenv("SEATRIAL_ISOLATION");
    String session = System.getenv("SEATRIAL_SESSION") + "/";
    if (isEmpty(url) || isEmpty(token) || isEmpty(isolation) || isolation.equals("run")) return null;
    String inherited = System.getenv("SEATRIAL_LEASE");
    if (inherited != null && inherited.startsWith(session)) return null;
    Control control = new Control(url, token);
    Control.Held held = control.hold(request());
    Map<String, Object> lease = LeasedEnvironment.mapIn(held.grant, "lease");
    String id = String.valueOf(lease.get("id"));
    LeasedEnvironment.apply(LeasedEnvironment.mapIn(lease, "env"), LeasedEnvironment.mapIn(held.grant, "replaces"), session + id);
    return new Worker(control, id, new Scopes(control, id, !isolation.equals("worker")), held.connection);
  }

  private static Map<String, Object> request() {
    ProcessIds ids = ProcessIds.find();
    Map<String, Object> hello = new LinkedHashMap<>();
    hello.put("plugin", Control.PLUGIN);
    hello.put("version", Control.VERSION);
    Map<String, Object> request = new LinkedHashMap<>();
    request.put("runner", "junit");
    request.put("mainPid", ids.main);
    // Numbers of forks are the same in modules that Maven tests at the same time.
    request.put("slot", String.valueOf(ids.self));
    request.put("hold", true);
    request.put("isolation", System.getenv("SEATRIAL_ISOLATION"));
    request.put("hello", hello);
    if (!isEmpty(System.getenv("SEATRIAL_MAIN_LEASE"))) request.put("over", System.getenv("SEATRIAL_MAIN_LEASE"));
    return request;
  }

  Scopes scopes() {
    return scopes;
  }

  Map<String, Object> call(String method, String path) {
    return control.call(method, "/v1/leases/" + lease + path, null);
  }

  private static boolean isEmpty(String text) {
    return text == null || text.isEmpty();
  }
}
