package dev.seatrial.junit.spring;

import java.util.List;
import org.springframework.test.context.ContextConfigurationAttributes;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.ContextCustomizerFactory;

/** Spring asks for it by META-INF/spring.factories, in each test class and whatever listeners that names. */
public final class ContextStartFactory implements ContextCustomizerFactory {
  @Override
  public ContextCustomizer createContextCustomizer(Class<?> testClass, List<ContextConfigurationAttributes> attributes) {
    return ContextStart.INSTANCE;
  }
}
