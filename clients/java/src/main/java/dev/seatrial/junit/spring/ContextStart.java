package dev.seatrial.junit.spring;

import dev.seatrial.junit.SharedFixture;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.MergedContextConfiguration;

/**
 * A context is started inside the first class that needs it and then serves them all: what its start writes (migrations, `data.sql`, runners) is there
 * for all classes. The same for all contexts, so that it does not split Spring's cache.
 */
final class ContextStart implements ContextCustomizer {
  static final ContextStart INSTANCE = new ContextStart();

  /** Runners of Spring Boot have run when it says one of these; a plain context is ready when it is refreshed. */
  private static final String BOOT = "org.springframework.boot.";
  private static final String BOOT_READY = BOOT + "context.event.ApplicationReadyEvent";
  private static final String BOOT_FAILED = BOOT + "context.event.ApplicationFailedEvent";

  private ContextStart() {}

  @Override
  public void customizeContext(ConfigurableApplicationContext context, MergedContextConfiguration configuration) {
    boolean boot = isBoot(configuration.getContextLoader());
    SharedFixture fixture = SharedFixture.start();
    context.addApplicationListener(new Ready(context, boot, fixture));
  }

  private static boolean isBoot(Object loader) {
    for (Class<?> type = loader == null ? null : loader.getClass(); type != null; type = type.getSuperclass())
      if (type.getName().startsWith(BOOT)) return true;
    return false;
  }

  private static final class Ready implements ApplicationListener<ApplicationEvent> {
    private final ConfigurableApplicationContext context;
    private final boolean boot;
    private final SharedFixture fixture;

    Ready(ConfigurableApplicationContext context, boolean boot, SharedFixture fixture) {
      this.context = context;
      this.boot = boot;
      this.fixture = fixture;
    }

    @Override
    public void onApplicationEvent(ApplicationEvent event) {
      String name = event.getClass().getName();
      boolean refreshed = event instanceof ContextRefreshedEvent && event.getSource() == context;
      if (boot ? name.equals(BOOT_READY) || name.equals(BOOT_FAILED) : refreshed) fixture.end();
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ContextStart;
  }

  @Override
  public int hashCode() {
    return ContextStart.class.hashCode();
  }
}
