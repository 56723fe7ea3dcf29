package dev.seatrial.junit;

import java.util.Optional;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/** Reads the ids of the JUnit Platform: `[engine:junit-jupiter]/[class:shop.OrderTest]/[nested-class:WhenPaid]/[method:ships()]`. */
final class TestNames {
  private TestNames() {}

  /** A class that is in no other, or what another engine has in its place: a specification, a feature. */
  static boolean isFile(TestIdentifier test) {
    if (test.isTest()) return false;
    String[] segments = test.getUniqueId().split("/");
    return segments.length > 1 && typeOf(segments[segments.length - 2]).equals("engine") && !lastSegmentIs(test, "suite");
  }

  static boolean lastSegmentIs(TestIdentifier test, String type) {
    String id = test.getUniqueId();
    return typeOf(id.substring(id.lastIndexOf('/') + 1)).equals(type);
  }

  /** All that people read below the class: `when paid > ships()`. */
  static String nameOf(TestPlan plan, TestIdentifier test) {
    StringBuilder name = new StringBuilder(test.getDisplayName());
    for (TestIdentifier above = parentOf(plan, test); above != null && !isFile(above) && !lastSegmentIs(above, "engine"); above = parentOf(plan, above))
      name.insert(0, " > ").insert(0, above.getDisplayName());
    return name.toString();
  }

  /** The name of the outermost class. */
  static String fileOf(TestPlan plan, TestIdentifier test) {
    for (TestIdentifier above = test; above != null; above = parentOf(plan, above)) {
      if (!isFile(above)) continue;
      TestSource source = above.getSource().orElse(null);
      return source instanceof ClassSource ? ((ClassSource) source).getClassName() : above.getLegacyReportingName();
    }
    return null;
  }

  private static TestIdentifier parentOf(TestPlan plan, TestIdentifier test) {
    Optional<TestIdentifier> parent = plan.getParent(test);
    return parent.orElse(null);
  }

  private static String typeOf(String segment) {
    int colon = segment.indexOf(':');
    return colon < 1 ? "" : segment.substring(1, colon);
  }
}
