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

  /** Leases when that has not been done; null where there is no session and none can be had, and in children of a process that has leased. */
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
    Map<String, String> started = System.getenv("SEATRIAL_CONTROL_URL") == null ? Project.readEnvironment() : null;
    Map<String, String> env = started == null ? System.getenv() : started;
    String url = env.get("SEATRIAL_CONTROL_URL");
    String token = env.get("SEATRIAL_CONTROL_TOKEN");
    String isolation = env.get("SEATRIAL_ISOLATION");
    String session = env.get("SEATRIAL_SESSION") + "/";
    if (isEmpty(url) || isEmpty(token) || isEmpty(isolation) || isolation.equals("run")) return null;
    String inherited = env.get("SEATRIAL_LEASE");
    if (inherited != null && inherited.startsWith(session)) return null;
    Control control = new Control(url, token);
    Control.Held held = control.hold(request(env.get("SEATRIAL_MAIN_LEASE")));
    Map<String, Object> lease = LeasedEnvironment.mapIn(held.grant, "lease");
    String id = String.valueOf(lease.get("id"));
    if (started != null) LeasedEnvironment.start(started, LeasedEnvironment.mapIn(lease, "env"));
    else LeasedEnvironment.apply(LeasedEnvironment.mapIn(lease, "env"), LeasedEnvironment.mapIn(held.grant, "replaces"));
    LeasedEnvironment.name(session + id);
    return new Worker(control, id, new Scopes(control, id, !isolation.equals("worker")), held.connection);
  }

  private static Map<String, Object> request(String mainLease) {
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
    request.put("hello", hello);
    if (!isEmpty(mainLease)) request.put("over", mainLease);
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
