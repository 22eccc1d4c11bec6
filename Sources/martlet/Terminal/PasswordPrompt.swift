import Foundation
import MartletCore

/// Asks a person for a password, which is not shown as they type.
enum PasswordPrompt {
    /// The longest line that is read, in bytes.
    private static let lengthMax = 4_096

    /// Reads a password: typed twice at a terminal, else the one line of standard input.
    /// - Throws: `invalidInput` where the two differ or there is none.
    static func read(for name: String) throws -> String {
        guard isatty(STDIN_FILENO) == 1 else { return try line() }
        let first = try hidden("password of \(name): ")
        guard try hidden("again: ") == first else { throw MartletError(.invalidInput, "the two passwords differ; try again") }
        return first
    }

    private static func hidden(_ prompt: String) throws -> String {
        var settings = termios()
        tcgetattr(STDIN_FILENO, &settings)
        var quiet = settings
        quiet.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet)
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
            Output.status("\n")
        }
        Output.status(prompt)
        return try line()
    }

    private static func line() throws -> String {
        guard let line = readLine(strippingNewline: true), !line.isEmpty else {
            throw MartletError(.invalidInput, "expected a password on standard input, found nothing")
        }
        guard line.utf8.count <= lengthMax else {
            throw MartletError(.invalidInput, "expected a password of at most \(lengthMax) bytes on standard input")
        }
        return line
    }
}
