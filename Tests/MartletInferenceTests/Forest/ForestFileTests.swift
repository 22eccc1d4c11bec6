import Foundation
import MartletCore
import MartletTesting
import Testing

@testable import MartletInference

@Suite struct ForestFileTests {
    @Test func `a file is known by its content, not by its name`() throws {
        let text = try RandomLightGBMModel(seed: 3).text
        try withTemporaryFolder { folder in
            let path = "\(folder)/model.json"
            try Data(text.utf8).write(to: URL(filePath: path))
            #expect(try Forest(contentsOf: path) == Forest(bytes: Array(text.utf8), named: "text"))
        }
    }

    @Test(
        arguments: [
            ([0x80, 0x04, 0x95], "pickle"), (Array("CBM1\u{1}".utf8), "CatBoost"), ([0x08, 0x08, 0x12, 0x04, 0x73], "ONNX"),
            (Array("binf....".utf8), "old binary"), ([0x1F, 0x8B, 0x08], "gzip"), (Array("[{\"nodeid\": 0}]".utf8), "dump_model"),
            (Array("{\"name\": \"tree\", \"version\": \"v4\"}".utf8), "dump_model"), ([], "empty"), (Array("hello".utf8), "not recognised"),
        ] as [([UInt8], String)])
    func `what is not read is named, with what is read and what to do`(bytes: [UInt8], name: String) throws {
        let error = try #require(throws: MartletError.self) { try Forest(bytes: bytes, named: "'m'") }
        #expect(error.code == .invalidInput && error.message.contains(name) && error.message.contains(ForestFile.formats))
    }

    @Test func `a file that is not there, a folder and a device are refused`() throws {
        let missing = try #require(throws: MartletError.self) { try Forest(contentsOf: "/nowhere/model.txt") }
        #expect(missing.code == .notFound)
        for path in ["/", "/dev/zero"] {
            let error = try #require(throws: MartletError.self) { try Forest(contentsOf: path) }
            #expect(error.code == .invalidInput)
        }
    }

    @Test func `a file beyond the limit is refused unread`() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/model.txt"
            try Data().write(to: URL(filePath: path))
            // A file of holes: it takes no room.
            try FileHandle(forWritingTo: URL(filePath: path)).truncate(atOffset: UInt64(ForestFile.sizeMaxBytes) + 1)
            let error = try #require(throws: MartletError.self) { try Forest(contentsOf: path) }
            #expect(error.code == .invalidInput && error.message.contains("\(ForestFile.sizeMaxBytes)"))
        }
    }
}
