package dev.seatrial.agent;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Sets variables in the JVM's own copy of the environment, which System.getenv and ProcessBuilder read. The constructor fails where this JVM keeps
 * it otherwise.
 */
public final class EnvironmentEditor implements BiConsumer<String, String> {
  private final Map<Object, Object> variables;
  /** Windows keeps a second map, which ignores case. */
  private final Map<Object, Object> ignoringCase;
  /** How a name and a value are kept on Unix: as bytes. Null on Windows. */
  private final Method toName;
  private final Method toValue;

  public EnvironmentEditor() throws ReflectiveOperationException {
    Class<?> environment = Class.forName("java.lang.ProcessEnvironment");
    variables = mapOf(environment, "theEnvironment");
    if (System.getProperty("os.name").startsWith("Windows")) {
      ignoringCase = mapOf(environment, "theCaseInsensitiveEnvironment");
      toName = null;
      toValue = null;
    } else {
      ignoringCase = null;
      toName = valueOf("java.lang.ProcessEnvironment$Variable");
      toValue = valueOf("java.lang.ProcessEnvironment$Value");
    }
  }

  @Override
  public void accept(String name, String value) {
    try {
      if (toName == null) {
        variables.put(name, value);
        ignoringCase.put(name, value);
      } else {
        variables.put(toName.invoke(null, name), toValue.invoke(null, value));
      }
    } catch (ReflectiveOperationException error) {
      throw new IllegalStateException(error);
    }
  }

  private static Map<Object, Object> mapOf(Class<?> environment, String name) throws ReflectiveOperationException {
    Field field = environment.getDeclaredField(name);
    field.setAccessible(true);
    @SuppressWarnings("unchecked")
    Map<Object, Object> map = (Map<Object, Object>) field.get(null);
    return map;
  }

  private static Method valueOf(String type) throws ReflectiveOperationException {
    Method method = Class.forName(type).getMethod("valueOf", String.class);
    method.setAccessible(true);
    return method;
  }
}
