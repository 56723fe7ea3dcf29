package dev.seatrial.junit;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Optional;

/** Whose child this JVM is, on Java 8 too. */
final class ProcessIds {
  final long self;
  /** The process that started this JVM: Maven, Gradle's daemon, an IDE. */
  final long main;

  private ProcessIds(long self, long main) {
    this.self = self;
    this.main = main;
  }

  static ProcessIds find() {
    try {
      String[] own = stat("self");
      long parent = Long.parseLong(own[3]);
      // Surefire starts its forks through a shell, which some shells stay beside.
      String[] above = stat(String.valueOf(parent));
      boolean shell = above[1].matches("\\((ba|da|a|z|k)?sh\\)");
      return new ProcessIds(Long.parseLong(own[0]), Math.max(1, shell ? Long.parseLong(above[3]) : parent));
    } catch (IOException | RuntimeException noProc) {
      return elsewhere();
    }
  }

  /** pid, (name), state, parent, ... */
  private static String[] stat(String process) throws IOException {
    String text = new String(Files.readAllBytes(Paths.get("/proc", process, "stat")), StandardCharsets.ISO_8859_1);
    int open = text.indexOf(" (");
    int close = text.lastIndexOf(") ");
    String[] rest = text.substring(close + 2).split(" ");
    return new String[] {text.substring(0, open), text.substring(open + 1, close + 1), rest[0], rest[1]};
  }

  private static ProcessIds elsewhere() {
    try {
      Class<?> type = Class.forName("java.lang.ProcessHandle");
      Object own = type.getMethod("current").invoke(null);
      long self = (Long) type.getMethod("pid").invoke(own);
      Optional<?> parent = (Optional<?>) type.getMethod("parent").invoke(own);
      return new ProcessIds(self, parent.isPresent() ? (Long) type.getMethod("pid").invoke(parent.get()) : self);
    } catch (ReflectiveOperationException java8) {
      long self = Long.parseLong(ManagementFactory.getRuntimeMXBean().getName().split("@")[0]);
      return new ProcessIds(self, self);
    }
  }
}
