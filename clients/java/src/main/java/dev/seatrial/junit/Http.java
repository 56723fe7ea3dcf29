package dev.seatrial.junit;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** One connection to a session. As little HTTP as its answers need: two requests a test must not cost a test more than it does. */
final class Http implements Closeable {
  private static final int WAIT_MS = 120_000;

  final String host;
  final int port;
  private final Socket socket = new Socket();
  private final InputStream in;
  private int answers;

  Http(String host, int port) throws IOException {
    this.host = host;
    this.port = port;
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(WAIT_MS);
      socket.connect(new InetSocketAddress(host, port), WAIT_MS);
      in = new BufferedInputStream(socket.getInputStream());
    } catch (IOException error) {
      socket.close();
      throw error;
    }
  }

  static final class Answer {
    final int status;
    final Map<String, String> headers;
    final String body;

    Answer(int status, Map<String, String> headers, String body) {
      this.status = status;
      this.headers = headers;
      this.body = body;
    }
  }

  /** The peer had closed this connection before it saw the request. */
  static final class Stale extends IOException {
    private static final long serialVersionUID = 1L;

    Stale(IOException cause) {
      super(cause);
    }
  }

  void send(String version, String method, String path, Map<String, String> headers, String body) throws IOException {
    byte[] bytes = body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8);
    StringBuilder head = new StringBuilder();
    head.append(method).append(' ').append(path).append(" HTTP/").append(version).append("\r\nHost: ").append(host).append(':').append(port);
    if (body != null) head.append("\r\nContent-Type: application/json");
    if (body != null || method.equals("POST")) head.append("\r\nContent-Length: ").append(bytes.length);
    for (Map.Entry<String, String> header : headers.entrySet()) head.append("\r\n").append(header.getKey()).append(": ").append(header.getValue());
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.write(head.append("\r\n\r\n").toString().getBytes(StandardCharsets.US_ASCII));
    request.write(bytes);
    try {
      socket.getOutputStream().write(request.toByteArray()); // in one piece: one packet
    } catch (IOException error) {
      throw answers > 0 ? new Stale(error) : error;
    }
  }

  /** The answer with its whole body. */
  Answer receive() throws IOException {
    Answer head = receiveHead();
    String length = head.headers.get("content-length");
    byte[] body;
    if ("chunked".equalsIgnoreCase(head.headers.get("transfer-encoding"))) body = readChunks();
    else if (length != null) body = read(Integer.parseInt(length));
    else if (head.status == 204) body = new byte[0];
    else body = readLine().getBytes(StandardCharsets.ISO_8859_1);
    answers++;
    return new Answer(head.status, head.headers, new String(body, StandardCharsets.UTF_8));
  }

  /** Head and one line, of an answer that stays open. */
  Answer receiveLine() throws IOException {
    Answer head = receiveHead();
    return new Answer(head.status, head.headers, new String(readLine().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8));
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private Answer receiveHead() throws IOException {
    String[] first;
    try {
      first = readLine().split(" ");
    } catch (EOFException error) {
      throw answers > 0 ? new Stale(error) : error;
    }
    if (first.length < 2 || !first[0].startsWith("HTTP/1.")) throw new IOException("what answers is not a session of Seatrial");
    Map<String, String> headers = new LinkedHashMap<>();
    for (String line = readLine(); !line.isEmpty(); line = readLine()) {
      int colon = line.indexOf(':');
      if (colon > 0) headers.put(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).trim());
    }
    return new Answer(Integer.parseInt(first[1]), headers, "");
  }

  private byte[] readChunks() throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (;;) {
      int size = Integer.parseInt(readLine().split(";")[0].trim(), 16);
      body.write(read(size));
      readLine();
      if (size == 0) return body.toByteArray();
    }
  }

  private byte[] read(int length) throws IOException {
    byte[] bytes = new byte[length];
    for (int done = 0; done < length; ) {
      int more = in.read(bytes, done, length - done);
      if (more < 0) throw new EOFException("the connection was closed in the middle of an answer");
      done += more;
    }
    return bytes;
  }

  /** A line without its end, or what is left when the peer closes; bytes as characters. */
  private String readLine() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c >= 0) {
        line.write(c);
        continue;
      }
      if (line.size() == 0) throw new EOFException("the connection was closed");
      break;
    }
    String text = line.toString("ISO-8859-1");
    return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
  }
}
