import Foundation
import MartletCore

/// Where text goes: results to standard output, everything about the work to standard error.
enum Output {
    /// Whether people look at standard error, on what can be drawn anew.
    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb" }

    /// How wide the terminal is; 80 where that is not known.
    static var width: Int { size.map { Int($0.ws_col) }.flatMap { $0 > 0 ? $0 : nil } ?? 80 }

    /// How many lines it has; 24 where that is not known.
    static var height: Int { size.map { Int($0.ws_row) }.flatMap { $0 > 0 ? $0 : nil } ?? 24 }

    private static var size: winsize? {
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 ? size : nil
    }

    /// Prints a result line.
    static func result(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

    /// Prints bytes as they are, such as those of a log. - Returns: whether anybody reads them.
    static func result(bytes: [UInt8]) -> Bool { write(bytes[...], to: STDOUT_FILENO) }

    /// Prints a line about the work.
    static func error(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    /// Prints raw text about the work.
    static func status(_ text: String) { write(text, to: STDERR_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) { _ = write(Array(text.utf8)[...], to: descriptor) }

    private static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Bool {
        var bytes = bytes
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count <= 0, errno != EINTR {
                lost(descriptor, errno)
                return false
            }
            bytes = bytes.dropFirst(max(0, count))
        }
        return true
    }

    /// A reader that is gone wanted no more; any other end of standard output would lose results silently.
    private static func lost(_ descriptor: Int32, _ code: Int32) {
        guard descriptor == STDOUT_FILENO, code != EPIPE else { return }
        error("martlet: standard output cannot be written (\(String(cString: strerror(code)))), so the result is incomplete")
        exit(ExitStatus.storage.rawValue)
    }
}
