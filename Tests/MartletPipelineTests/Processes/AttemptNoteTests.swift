import Foundation
import Glibc
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite final class AttemptNoteTests {
    private let folder: TemporaryFolder
    private var path: String { "\(folder.path)/note" }

    init() throws { folder = try TemporaryFolder() }

    deinit { folder.remove() }

    private func write(_ text: String) throws { try AttemptNote.write(Array(text.utf8), to: path) }

    private var text: String? { try? String(contentsOfFile: path, encoding: .utf8) }

    @Test func `the last text stands alone, whatever was there`() throws {
        for text in ["a note", "a longer note", "short"] {
            try write(text)
            #expect(self.text == text)
        }
    }

    @Test func `what is cleared says nothing, and what is not there stays away`() throws {
        try AttemptNote.clear(path)
        #expect(text == nil)
        try write("0\n")
        for _ in 0..<2 {
            try AttemptNote.clear(path)
            #expect(AttemptNote.saysNothing(sizeBytes: try #require(text?.utf8.count)))
        }
        #expect(!AttemptNote.saysNothing(sizeBytes: "0\n".utf8.count))
    }

    @Test func `a file that a link leads to is left as it is`() throws {
        let other = "\(folder.path)/other"
        try "of another".write(toFile: other, atomically: false, encoding: .utf8)
        try #require(symlink(other, path) == 0)
        #expect(throws: (any Error).self) { try self.write("a note") }
        #expect(throws: (any Error).self) { try AttemptNote.clear(self.path) }
        #expect(try String(contentsOfFile: other, encoding: .utf8) == "of another")
    }
}
