package dev.seatrial.junit;

/** Something that writes once for all classes of this JVM, while it is at work. Does nothing without a lease. */
public final class SharedFixture {
  private Scopes scopes;

  private SharedFixture(Scopes scopes) {
    this.scopes = scopes;
  }

  public static SharedFixture start() {
    Worker worker = Worker.current();
    Scopes scopes = worker == null ? null : worker.scopes();
    if (scopes != null) scopes.sharedStarts();
    return new SharedFixture(scopes);
  }

  /** The first call counts. */
  public synchronized void end() {
    if (scopes != null) scopes.sharedEnds();
    scopes = null;
  }
}
