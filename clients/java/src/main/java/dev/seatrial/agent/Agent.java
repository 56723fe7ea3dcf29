package dev.seatrial.agent;

import java.io.File;
import java.lang.instrument.Instrumentation;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.jar.JarFile;

/**
 * Comes into every JVM of the command by JAVA_TOOL_OPTIONS. In one whose class path has the JUnit Platform's launcher - a fork of Surefire or
 * Failsafe, a test worker of Gradle, an IDE's runner - it adds our listeners to that class path. Everywhere else (Maven, Gradle's daemon, javac)
 * it does nothing, and never fails. A project that wants leases without `seatrial run` names it itself, with the argument `attach`.
 */
public final class Agent {
  /** Sets a variable of this process's environment, for System.getenv and for child processes. Null where that is not possible. */
  public static volatile BiConsumer<String, String> environment;

  private static final String LAUNCHER = "org/junit/platform/launcher/TestExecutionListener.class";
  private static final String OURS = "dev/seatrial/junit/TestMarks.class";

  private Agent() {}

  public static void premain(String arguments, Instrumentation instrumentation) {
    try {
      String isolation = System.getenv("SEATRIAL_ISOLATION");
      boolean inSession = System.getenv("SEATRIAL_CONTROL_URL") != null && isolation != null && !isolation.equals("run");
      if (!inSession && !"attach".equals(arguments)) return;
      if (ClassLoader.getSystemResource(LAUNCHER) == null) return;
      File agent = new File(Agent.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      // A project that has seatrial-junit on its class path uses its own.
      if (ClassLoader.getSystemResource(OURS) == null) {
        File listeners = new File(agent.getParentFile(), agent.getName().replace("-agent.jar", ".jar"));
        instrumentation.appendToSystemClassLoaderSearch(new JarFile(listeners));
      }
      environment = openEnvironment(agent.toURI().toURL(), instrumentation);
    } catch (Throwable error) {
      System.err.println("seatrial: the tests of this JVM get no lease: " + error);
    }
  }

  /** In a class loader, and so in a module, of its own: the project's code may look into java.lang as little as before. */
  private static BiConsumer<String, String> openEnvironment(URL agent, Instrumentation instrumentation) {
    try {
      @SuppressWarnings("resource") // open as long as its class is used
      ClassLoader loader = new URLClassLoader(new URL[] {agent}, null);
      openJavaLang(loader, instrumentation);
      Object editor = loader.loadClass("dev.seatrial.agent.EnvironmentEditor").getConstructor().newInstance();
      @SuppressWarnings("unchecked")
      BiConsumer<String, String> consumer = (BiConsumer<String, String>) editor;
      return consumer;
    } catch (ReflectiveOperationException | RuntimeException error) {
      return null; // leases then come as system properties alone
    }
  }

  /** `--add-opens java.base/java.lang` for the code of one loader; by reflection, since Java 8 has no modules. */
  private static void openJavaLang(ClassLoader loader, Instrumentation instrumentation) throws ReflectiveOperationException {
    Class<?> module;
    try {
      module = Class.forName("java.lang.Module");
    } catch (ClassNotFoundException java8) {
      return;
    }
    Object base = Class.class.getMethod("getModule").invoke(Object.class);
    Object reader = ClassLoader.class.getMethod("getUnnamedModule").invoke(loader);
    Map<String, Set<Object>> opens = Collections.singletonMap("java.lang", Collections.singleton(reader));
    Instrumentation.class
        .getMethod("redefineModule", module, Set.class, Map.class, Map.class, Set.class, Map.class)
        .invoke(instrumentation, base, Collections.emptySet(), Collections.emptyMap(), opens, Collections.emptySet(), Collections.emptyMap());
  }
}
