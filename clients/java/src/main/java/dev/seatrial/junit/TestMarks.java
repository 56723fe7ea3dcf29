package dev.seatrial.junit;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Marks tests and classes. A test ends after its `@AfterEach` methods and after Spring's roll-back, and the next one's `@BeforeEach` methods wait
 * until its state is gone.
 */
public final class TestMarks implements TestExecutionListener {
  /** A test may launch tests of its own: they are part of it. */
  private static final AtomicReference<TestMarks> OUTERMOST = new AtomicReference<>();
  /** `keep`: what classes write outside of their tests stays, for suites that share such fixtures between classes. */
  private static final String CLASS_FIXTURES = "seatrial.class-fixtures";

  private Scopes scopes;
  private TestPlan plan;
  private boolean marksClasses;
  /** How many children of each container have ended or were skipped. */
  private final Map<String, Integer> done = new ConcurrentHashMap<>();

  @Override
  public void testPlanExecutionStarted(TestPlan plan) {
    Worker worker = OUTERMOST.compareAndSet(null, this) ? Worker.current() : null;
    this.plan = plan;
    this.scopes = worker == null ? null : worker.scopes();
    this.marksClasses = !"keep".equals(plan.getConfigurationParameters().get(CLASS_FIXTURES).orElse(""));
    done.clear();
  }

  @Override
  public void testPlanExecutionFinished(TestPlan plan) {
    OUTERMOST.compareAndSet(this, null);
    scopes = null;
  }

  @Override
  public void executionStarted(TestIdentifier test) {
    if (scopes == null) return;
    if (isMarked(test)) {
      if (!isInsideTest(test)) scopes.begin(test.getUniqueId(), TestNames.nameOf(plan, test), TestNames.fileOf(plan, test));
    } else if (marksClasses && TestNames.isFile(test)) {
      scopes.classStarts(test.getUniqueId(), () -> initialise(test));
    } else {
      scopes.hooksMayRun();
    }
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    if (scopes == null) return;
    boolean isFollowed = isFollowed(test);
    if (isMarked(test)) scopes.end(test.getUniqueId(), toOutcome(result), result.getThrowable().map(TestMarks::toText).orElse(null), isFollowed);
    else if (TestNames.isFile(test)) scopes.classEnds(test.getUniqueId());
    else scopes.hooksMayRun();
  }

  @Override
  public void executionSkipped(TestIdentifier test, String reason) {
    if (scopes == null) return;
    boolean isFollowed = isFollowed(test);
    if (!test.isTest()) {
      for (TestIdentifier child : plan.getChildren(test)) executionSkipped(child, reason);
    } else if (!isInsideTest(test)) {
      executionStarted(test);
      scopes.end(test.getUniqueId(), "skipped", reason, isFollowed);
    }
  }

  /**
   * Jupiter tells of each child of a class before it calls `@AfterAll`, and of the end of a parametrised test after its last run. Of other engines
   * nobody knows.
   */
  private boolean isFollowed(TestIdentifier test) {
    TestIdentifier parent = plan.getParent(test).orElse(null);
    if (parent == null || !test.getUniqueId().startsWith("[engine:junit-jupiter]")) return false;
    int ended = done.merge(parent.getUniqueId(), 1, Integer::sum);
    return TestNames.lastSegmentIs(parent, "test-template") || TestNames.isFile(parent) && ended < plan.getChildren(parent).size();
  }

  /** The tests of a `@TestFactory` share one set-up and tear-down: together they are one. */
  private static boolean isMarked(TestIdentifier test) {
    return test.isTest() || TestNames.lastSegmentIs(test, "test-factory");
  }

  private boolean isInsideTest(TestIdentifier test) {
    for (Optional<TestIdentifier> above = plan.getParent(test); above.isPresent(); above = plan.getParent(above.get()))
      if (scopes.isRunning(above.get().getUniqueId())) return true;
    return false;
  }

  /**
   * Runs the static initialisers of a class and of those it extends now, where JUnit would in a moment: what they start or write they do once for this
   * JVM, however many classes follow (the base class that migrates and starts the application). Their failure is JUnit's to tell.
   */
  private static void initialise(TestIdentifier test) {
    TestSource source = test.getSource().orElse(null);
    if (!(source instanceof ClassSource)) return;
    try {
      Class<?> type = ((ClassSource) source).getJavaClass();
      if (isLoadedElsewhere(type)) return;
      Class.forName(type.getName(), true, type.getClassLoader());
    } catch (ExceptionInInitializerError error) {
      System.err.println("seatrial: " + ((ClassSource) source).getClassName() + " cannot be initialised: " + toText(error.getCause()));
    } catch (Throwable error) {
      // JUnit meets it too
    }
  }

  /** Quarkus runs tests in a class loader of its own: initialising the class that JUnit sees would run it twice. */
  private static boolean isLoadedElsewhere(Class<?> type) {
    for (java.lang.annotation.Annotation annotation : type.getAnnotations())
      if (annotation.annotationType().getName().startsWith("io.quarkus.")) return true;
    return false;
  }

  private static String toOutcome(TestExecutionResult result) {
    switch (result.getStatus()) {
      case SUCCESSFUL: return "passed";
      case ABORTED: return "skipped";
      default: return "failed";
    }
  }

  private static String toText(Throwable error) {
    StringWriter text = new StringWriter();
    error.printStackTrace(new PrintWriter(text));
    return text.toString();
  }
}
