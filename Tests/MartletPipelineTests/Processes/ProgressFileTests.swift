import Foundation
import Glibc
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct ProgressFileTests {
    @Test func `what was there before is no news, and what comes is told once`() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/progress"
            try "0.1 before".write(toFile: path, atomically: true, encoding: .utf8)
            var file = ProgressFile(path)
            #expect(file.changed() == nil)
            try "0.25 then".write(toFile: path, atomically: true, encoding: .utf8)
            #expect(file.changed() == .some(StepProgress("0.25 then")))
            #expect(file.changed() == nil)
        }
    }

    @Test func `a pipe in its place is a sign of life, and holds nobody up`() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/progress"
            var file = ProgressFile(path)
            #expect(mkfifo(path, 0o600) == 0)
            #expect(file.changed() == .some(nil))
        }
    }

    @Test(arguments: 0...120) func `no part of a secret is told, wherever the text that is read begins`(shift: Int) throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/progress"
            let secret = "correct-horse-battery-staple"
            var file = ProgressFile(path, SecretRedactor(SecretForms.patterns(of: [secret])))
            let text = String(repeating: secret, count: 8) + String(repeating: "x", count: StepProgress.sizeMaxBytes - shift)
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            let found = file.changed()
            let told = try #require(found)
            let message = try #require(told).message
            #expect(!message.contains("staple"))
            #expect(!message.contains("battery"))
            #expect(message.allSatisfy { "x*".contains($0) })
        }
    }
}
