import Foundation
import MartletCore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct LineageFileTests {
    @Test func `events are lines in their order`() throws {
        try withTemporaryFolder { folder in
            let file = LineageFile(path: "\(folder)/lineage/events.jsonl")
            try file.deliver([["a": 1], ["a": "x\ny"]])
            try file.deliver([])
            try file.deliver([["a": 3]])
            #expect(try Self.text(file.path) == "{\"a\":1}\n{\"a\":\"x\\ny\"}\n{\"a\":3}\n")
        }
    }

    @Test(arguments: ["{\"a\":", "{\"a\":\"" + String(repeating: "x", count: 200_000)])
    func `half a line that a killed process left is cut off`(_ torn: String) throws {
        try withTemporaryFolder { folder in
            let file = LineageFile(path: "\(folder)/events.jsonl")
            try Data("{\"a\":1}\n\(torn)".utf8).write(to: URL(filePath: file.path))
            try file.deliver([["a": 2]])
            #expect(try Self.text(file.path) == "{\"a\":1}\n{\"a\":2}\n")
        }
    }

    @Test func `a file that is full is kept and another one begins`() throws {
        try withTemporaryFolder { folder in
            let file = LineageFile(path: "\(folder)/events.jsonl", sizeBytesMax: 16) { Timestamp(microseconds: 5) }
            try file.deliver([["a": 1]])
            try file.deliver([["a": 2]])
            try file.deliver([["a": 3]])
            #expect(try Self.text("\(folder)/events-5.jsonl") == "{\"a\":1}\n{\"a\":2}\n")
            #expect(try Self.text(file.path) == "{\"a\":3}\n")
        }
    }

    @Test func `a folder that cannot be written is an error`() throws {
        try withTemporaryFolder { folder in
            try Data().write(to: URL(filePath: "\(folder)/lineage"))
            let file = LineageFile(path: "\(folder)/lineage/events.jsonl")
            #expect(throws: MartletError.self) { try file.deliver([[:]]) }
        }
    }

    private static func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
}
