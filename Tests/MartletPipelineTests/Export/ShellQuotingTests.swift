import MartletCore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct ShellQuotingTests {
    static let words = [
        "", "plain", "a b", "it's", "''", "\"", "\\", "a\\'b", "$HOME", "$(id)", "`id`", "*", "~", "{a,b}", "{{ 1/0 }}", "{% raw %}", "{#",
        "a\nb", "\t", "!x", "#x", "-n", "=x", "A=b", "ü\u{202e}x", "run.sh", "%s", ";", "&", "{{{", "}}", "$$(X)", "\u{1}",
        // To Swift these signs are characters together with what stands beside them, and to a shell they are signs.
        "'\u{301}; id; '", "\u{600}'; id; '", "it'\u{20e3}s {'\u{301}",
    ]

    @Test(arguments: ["/bin/dash", "/bin/bash"]) func `a shell reads every word as it was`(shell: String) async throws {
        let line = try ShellQuoting.line(["printf", "%s\\0"] + Self.words)
        let result = try await Command(shell, ["-c", line]).run()
        #expect(result.output.split(separator: "\0", omittingEmptySubsequences: false).dropLast().map(String.init) == Self.words)
    }

    @Test func `words that mean nothing to a shell stay readable`() throws {
        #expect(try ShellQuoting.line(["/bin/martlet", "step", "--to=x", "a b"]) == "/bin/martlet step '--to=x' 'a b'")
    }

    @Test func `a word with the character 0 is refused`() throws {
        let error = try #require(throws: MartletError.self) { try ShellQuoting.quoted("a\0b") }
        #expect(error.code == .invalidInput)
    }
}
