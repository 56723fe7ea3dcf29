package dev.seatrial.junit;

import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Tells the session what runs on a lease: tests, classes, and what is done once for this JVM. What a test writes goes with the test, what a class
 * writes outside of its tests goes with the class, the rest stays.
 */
final class Scopes {
  private static final int LONGEST_NAME = 1000;
  private static final int LONGEST_MESSAGE = 12_000;

  private final Control control;
  private final String path;
  private final boolean resets;
  private final Map<String, Begun> tests = new HashMap<>();
  private final Set<String> classes = new HashSet<>();
  private boolean inClass;
  /** How many of those that write for the whole JVM are at work. */
  private int shared;
  /** Hooks of a class may have run since the last test ended. */
  private boolean hooks = true;
  private boolean saidOverlap;
  /** A test that has ended, whose end is told with the begin of the next one. */
  private Map<String, Object> untold;
  private SeatrialException failure;

  Scopes(Control control, String lease, boolean resets) {
    this.control = control;
    this.path = "/v1/leases/" + lease;
    this.resets = resets;
  }

  private static final class Begun {
    final String mark;
    final long at = System.nanoTime();

    Begun(String mark) {
      this.mark = mark;
    }
  }

  synchronized boolean isRunning(String id) {
    return tests.containsKey(id);
  }

  synchronized void begin(String id, String name, String file) {
    attempt(() -> {
      endShared();
      Map<String, Object> body = new LinkedHashMap<>();
      body.put("name", shorten(name.isEmpty() ? "?" : name, LONGEST_NAME));
      if (file != null) body.put("file", file);
      body.put("between", hooks ? "keep" : "undo");
      if (untold != null) body.put("ended", untold);
      boolean tells = untold != null;
      untold = null;
      Map<String, Object> begun = control.call("POST", path + "/tests", body);
      if (tells) sayRefusal(LeasedEnvironment.mapIn(begun, "ended"));
      Object mark = LeasedEnvironment.mapIn(begun, "test").get("id");
      tests.put(id, new Begun(String.valueOf(mark)));
    });
  }

  /** `isFollowed`: before anything of the project's runs, something will be told here: the next test, or what is wider. */
  synchronized void end(String id, String outcome, String message, boolean isFollowed) {
    Begun begun = tests.remove(id);
    if (begun == null) return;
    tellEnd();
    untold = new LinkedHashMap<>();
    untold.put("test", begun.mark);
    untold.put("outcome", outcome);
    untold.put("ms", (System.nanoTime() - begun.at) / 1000 / 1000.0);
    if (message != null) untold.put("message", shorten(message, LONGEST_MESSAGE));
    hooks = false;
    if (!isFollowed || !tests.isEmpty()) tellEnd();
  }

  private void tellEnd() {
    if (untold == null) return;
    Map<String, Object> body = untold;
    untold = null;
    Object mark = body.remove("test");
    attempt(() -> sayRefusal(control.call("POST", path + "/tests/" + mark + "/end", body)));
  }

  private void sayRefusal(Map<String, Object> ended) {
    Object refused = ended.get("refused");
    if (refused == null || saidOverlap || !resets) return;
    saidOverlap = true;
    System.err.println("seatrial: the state was not reset: " + refused + ". It is when no test runs; forks instead of threads give each its own.");
  }

  /** Something other than a test has begun or ended. */
  synchronized void hooksMayRun() {
    tellEnd();
    hooks = true;
  }

  synchronized void classStarts(String id, Runnable initialise) {
    tellEnd();
    hooks = true;
    classes.add(id);
    if (!resets || classes.size() > 1 || !tests.isEmpty()) return;
    initialise.run(); // what static initialisers write, they write once for this JVM
    enter("file");
    inClass = true;
  }

  synchronized void classEnds(String id) {
    tellEnd();
    hooks = true;
    if (!classes.remove(id) || !classes.isEmpty() || !tests.isEmpty() || !inClass) return;
    attempt(() -> {
      endShared();
      inClass = false;
      control.call("POST", path + "/leave", Collections.singletonMap("scope", "file"));
    });
  }

  /** From here to the end, what is written is there for all classes of this JVM. */
  synchronized void sharedStarts() {
    if (shared++ == 0 && resets) enter("run");
  }

  synchronized void sharedEnds() {
    if (shared > 0 && --shared == 0) goBack();
  }

  /** At the end of all. */
  synchronized SeatrialException failure() {
    return failure;
  }

  /** One that failed has not said so. */
  private void endShared() {
    if (shared == 0) return;
    shared = 0;
    goBack();
  }

  private void goBack() {
    hooks = true;
    if (!resets) return;
    if (!tests.isEmpty()) enter("test");
    else if (inClass) enter("file");
  }

  private void enter(String scope) {
    tellEnd();
    attempt(() -> control.call("POST", path + "/enter", Collections.singletonMap("scope", scope)));
  }

  /** A listener cannot fail a test that has ended: it is said at once, and fails the run at its end. */
  private void attempt(Runnable call) {
    if (failure != null && failure.code().equals("SEATRIAL_CONTROL_UNREACHABLE")) return;
    try {
      call.run();
    } catch (SeatrialException error) {
      if (failure == null || !failure.getMessage().equals(error.getMessage())) System.err.println("seatrial: " + error.getMessage());
      failure = error;
    }
  }

  private static String shorten(String text, int length) {
    return text.length() <= length ? text : text.substring(0, length);
  }
}
