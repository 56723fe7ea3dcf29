package dev.seatrial.junit;

import java.util.Collections;
import java.util.List;
import java.util.Map;

/** For test code that wants to ask. Nothing of it is needed for leases and resets. */
public final class Seatrial {
  private Seatrial() {}

  /** A variable of the lease, such as DATABASE_URL, also where System.getenv could not be changed. */
  public static String env(String name) {
    Worker.current();
    return LeasedEnvironment.get(name);
  }

  /** What the running test has inserted, updated and deleted in a service: maps with `table`, `op`, `before`, `after`. */
  @SuppressWarnings("unchecked")
  public static List<Map<String, Object>> diff(String service) {
    Object changes = LeasedEnvironment.mapIn(worker().call("GET", "/diff"), "services").get(service);
    return changes == null ? Collections.emptyList() : (List<Map<String, Object>>) changes;
  }

  /** Undoes what the running test has written so far. */
  public static void reset() {
    worker().call("POST", "/reset");
  }

  /** What this writes stays for all classes of this JVM, whichever class or test comes first to do it. */
  public static void shared(Runnable fixture) {
    SharedFixture shared = SharedFixture.start();
    try {
      fixture.run();
    } finally {
      shared.end();
    }
  }

  private static Worker worker() {
    Worker worker = Worker.current();
    if (worker != null) return worker;
    String hint = "run the tests through `seatrial run --isolation rewind`";
    throw new SeatrialException("SEATRIAL_LEASE_NOT_FOUND", "this JVM has no lease", hint, null);
  }
}
