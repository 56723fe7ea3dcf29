package dev.seatrial.junit;

import java.util.Collections;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Puts a lease where the project looks for it: into the environment of this JVM when the agent can change it, else into system properties of the
 * same names, and of those that Spring reads.
 */
final class LeasedEnvironment {
  /** What Spring calls by another name than its variable in lower case with dots. */
  private static final Map<String, String> SPRING_NAMES = new HashMap<>();

  static {
    SPRING_NAMES.put("SPRING_KAFKA_BOOTSTRAP_SERVERS", "spring.kafka.bootstrap-servers");
    SPRING_NAMES.put("SPRING_RABBITMQ_VIRTUAL_HOST", "spring.rabbitmq.virtual-host");
  }

  private LeasedEnvironment() {}

  /** What the project sets for itself wins: a name changes only while it has the value that the session gave to the main process. */
  static void apply(Map<String, Object> values, Map<String, Object> replaces) {
    BiConsumer<String, String> editor = editor();
    for (Map.Entry<String, Object> entry : values.entrySet()) {
      String name = entry.getKey();
      String present = System.getenv(name);
      Object replaced = replaces.get(name);
      if (present == null ? replaced == null : present.equals(replaced)) set(editor, name, String.valueOf(entry.getValue()));
    }
  }

  /** Without `run` nothing of the session is in the environment yet; an address that is merely found there is never used. */
  static void start(Map<String, String> session, Map<String, Object> lease) {
    BiConsumer<String, String> editor = editor();
    session.forEach((name, value) -> set(editor, name, String.valueOf(lease.getOrDefault(name, value))));
    lease.forEach((name, value) -> set(editor, name, String.valueOf(value)));
  }

  /** So that children of this process do not lease again. */
  static void name(String lease) {
    set(editor(), "SEATRIAL_LEASE", lease);
  }

  /** By either way. */
  static String get(String name) {
    String property = System.getProperty(name);
    return property == null ? System.getenv(name) : property;
  }

  private static void set(BiConsumer<String, String> editor, String name, String value) {
    if (editor != null) {
      editor.accept(name, value);
      return;
    }
    setProperty(name, value);
    if (name.startsWith("SPRING_")) setProperty(SPRING_NAMES.getOrDefault(name, name.toLowerCase(Locale.ROOT).replace('_', '.')), value);
  }

  private static void setProperty(String name, String value) {
    if (System.getProperty(name) == null) System.setProperty(name, value);
  }

  /** That of the agent, which is in the class loader of the class path; null without it. */
  @SuppressWarnings("unchecked")
  private static BiConsumer<String, String> editor() {
    try {
      Class<?> agent = ClassLoader.getSystemClassLoader().loadClass("dev.seatrial.agent.Agent");
      return (BiConsumer<String, String>) agent.getField("environment").get(null);
    } catch (ReflectiveOperationException | LinkageError noAgent) {
      return null;
    }
  }

  static Map<String, Object> mapIn(Map<String, Object> json, String name) {
    Object value = json.get(name);
    return value == null ? Collections.emptyMap() : Control.toMap(value);
  }
}
