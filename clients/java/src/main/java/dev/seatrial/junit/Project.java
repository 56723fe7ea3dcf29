package dev.seatrial.junit;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The project that this JVM tests, when it was not started by `seatrial run`: by an IDE's button, or a bare `mvn verify`. Its services are those that
 * run, or they are started, and end ten minutes after their last use.
 */
final class Project {
  private static final String[] CONFIG_FILES = {
    "seatrial.yaml", "seatrial.yml", "seatrial.json", "seatrial.config.ts", "seatrial.config.js", "seatrial.config.mjs"
  };

  private Project() {}

  /** What `seatrial run` would put into the environment; null where there is no configuration, or no command to ask. */
  static Map<String, String> readEnvironment() {
    File folder = new File(System.getProperty("user.dir")).getAbsoluteFile();
    if (findUpward(folder, CONFIG_FILES) == null) return null;
    String command = findCommand(folder);
    return command == null ? null : ask(command, folder);
  }

  private static Map<String, String> ask(String command, File folder) {
    String why = "Seatrial cannot start the services of this project: ";
    try {
      ProcessBuilder builder = new ProcessBuilder(command, "env", "--json").directory(folder).redirectError(ProcessBuilder.Redirect.INHERIT);
      Process process = builder.start();
      process.getOutputStream().close();
      String last = "";
      try (BufferedReader reader = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
        for (String line = reader.readLine(); line != null; line = reader.readLine()) if (!line.isEmpty()) last = line;
      }
      Map<String, Object> answer = Control.toMap(Json.parse(last));
      Map<String, Object> error = LeasedEnvironment.mapIn(answer, "error");
      if (!error.isEmpty())
        throw new SeatrialException(String.valueOf(error.get("code")), why + error.get("message"), (String) error.get("hint"), null);
      Map<String, String> env = new LinkedHashMap<>();
      LeasedEnvironment.mapIn(answer, "env").forEach((name, value) -> env.put(name, String.valueOf(value)));
      return env;
    } catch (IOException | IllegalArgumentException error) {
      throw new SeatrialException("SEATRIAL_SERVICE_START_FAILED", why + error.getMessage(), "`seatrial doctor` examines the machine", error);
    }
  }

  private static String findCommand(File folder) {
    File installed = findUpward(folder, "node_modules/.bin/seatrial");
    if (installed != null && installed.canExecute()) return installed.getPath();
    String path = System.getenv("PATH");
    for (String entry : path == null ? new String[0] : path.split(File.pathSeparator)) {
      File program = new File(entry, "seatrial");
      if (program.isFile() && program.canExecute()) return program.getPath();
    }
    return null;
  }

  /** In the folder and above it, up to the repository's root. */
  private static File findUpward(File folder, String... names) {
    for (File at = folder; at != null; at = at.getParentFile()) {
      for (String name : names) if (new File(at, name).isFile()) return new File(at, name);
      if (new File(at, ".git").exists()) break;
    }
    return null;
  }
}
