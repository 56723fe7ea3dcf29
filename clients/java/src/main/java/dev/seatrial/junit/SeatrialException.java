package dev.seatrial.junit;

/** What a session refused, or that it does not answer. The code is one of Seatrial's error codes. Where it was thrown is of no interest: no stack. */
public final class SeatrialException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String code;

  SeatrialException(String code, String message, String hint, Throwable cause) {
    super(message + " (" + code + (hint == null || hint.isEmpty() ? "" : "; " + hint) + ")", cause, false, false);
    this.code = code;
  }

  public String code() {
    return code;
  }
}
