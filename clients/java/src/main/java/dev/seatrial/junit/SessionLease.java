package dev.seatrial.junit;

import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/** Leases before anything of the project is looked at: engines may run its code while they look for tests. JUnit Platform 1.8 and up. */
public final class SessionLease implements LauncherSessionListener {
  @Override
  public void launcherSessionOpened(LauncherSession session) {
    Worker.current();
  }

  @Override
  public void launcherSessionClosed(LauncherSession session) {
    Worker worker = Worker.current();
    SeatrialException failure = worker == null ? null : worker.scopes().failure();
    if (failure != null) throw failure;
  }
}
