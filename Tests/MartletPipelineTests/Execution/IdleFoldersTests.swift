import Foundation
import MartletCore
import MartletStore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct IdleFoldersTests {
    private static func make(_ path: String, _ files: [String: String] = [:]) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for (name, text) in files { try text.write(toFile: "\(path)/\(name)", atomically: false, encoding: .utf8) }
    }

    /// As `StepLeftover` reads it, of a process that is none.
    private static var mark: String {
        "{\"attempt\":\"none\",\"boot\":\"\(AttemptMark.boot ?? "")\",\"pid\":2147483647,\"start\":1}"
    }

    @Test func `what nothing runs in goes, and what is held, young, or waits to be kept stays`() throws {
        try withTemporaryFolder { folder in
            let home = Home(path: "\(folder)/home")
            try home.prepare()
            let keys = ["cut off", "failed", "well", "held"].map { Digest(of: $0) }
            let paths = keys.map { home.attemptPath(key: $0) }
            try Self.make(paths[0], ["process": Self.mark])
            try Self.make(paths[1], ["process": Self.mark, "exit": "3\n"])
            try Self.make(paths[2], ["process": Self.mark, "exit": "0\n"])
            try Self.make(paths[3])
            try Self.make("\(home.path)/attempts/somebody's")
            let aside = "\(home.attemptsPath)/\(FinishedFolders.prefix)1"
            try Self.make("\(aside)/outputs", ["o": "1"])
            let hold = try #require(try KeyLocks(home: home).take(keys[3]))
            let idle = IdleFolders(home: home)
            #expect(try idle.folders(before: .now - .seconds(3_600)).isEmpty)
            let later = Timestamp.now + .seconds(3_600)
            #expect(try idle.folders(before: later).map(\.path).sorted() == (paths[0...1] + [aside]).sorted())
            try idle.remove(OldRunFolders(home: home).folders(before: later, in: ["attempts"]))
            #expect(paths.map { Directory.kind(of: $0) != nil } == [false, false, true, true])
            #expect(Directory.kind(of: aside) == nil)
            hold.release()
            #expect(try idle.folders(before: later).map(\.path) == [paths[3]])
        }
    }

    @Test func `a job goes once it has told of its failure`() throws {
        try withTemporaryFolder { folder in
            let home = Home(path: "\(folder)/home")
            try home.prepare()
            let names = ["open", "failed", "made"].map { "\(Digest(of: $0).hex.prefix(40))-run-1-1" }
            let failed = AttemptResult(.failure(StepFailure(.exit, "it failed")))
            let made = AttemptResult(.success(StepResult(outputs: [:])))
            for (name, result) in zip(names, [nil, failed, made]) {
                try Self.make("\(home.path)/jobs/\(name)")
                if let result { try JobFolder(name, in: home).put(result) }
            }
            let found = try IdleFolders(home: home).folders(before: .now + .seconds(3_600)).map(\.path)
            #expect(found == ["\(home.path)/jobs/\(names[1])"])
        }
    }
}
