package dev.seatrial.junit;

import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/** Leases before anything of the project is looked at: engines may run its code while they look for tests. JUnit Platform 1.8 and up. */
public final class SessionLease implements LauncherSessionListener {
  @Override
  public void launcherSessionOpened(LauncherSession session) {
    if (Worker.current() != null) shuffle(System.getenv("SEATRIAL_SHUFFLE_SEED"));
  }

  /** `run --check-isolation` asks for a random order. Classes that name an order of their own keep it. */
  private static void shuffle(String seed) {
    if (seed == null || seed.isEmpty()) return;
    System.setProperty("junit.jupiter.testmethod.order.default", "org.junit.jupiter.api.MethodOrderer$Random");
    System.setProperty("junit.jupiter.execution.order.random.seed", seed);
  }

  @Override
  public void launcherSessionClosed(LauncherSession session) {
    Worker worker = Worker.current();
    SeatrialException failure = worker == null ? null : worker.scopes().failure();
    if (failure != null) throw failure;
  }
}
