import Foundation
import MartletCore
import MartletStore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct AttemptLogTests {
    private let folder: TemporaryFolder
    private let home: Home
    private let attempt = AttemptRecord(
        run: "0123456789", id: StepID("clean", StepPartition(["day": "1/2"])), number: 2, key: Digest(of: "k"), startedAt: .now)

    init() throws {
        folder = try TemporaryFolder()
        home = Home(path: "\(folder.path)/home")
        try home.prepare()
    }

    private var workFolder: String { home.attemptPath(key: attempt.key) }
    private var logPath: String { AttemptFiles(folder: workFolder).log }

    private func write(_ text: String, _ path: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }

    /// Lets an attempt be at work in the folder.
    private func begin(run: String, number: Int) throws {
        try Directory.create(workFolder)
        try write("{\"run\": \"\(run)\", \"attempt\": \(number)}", "\(workFolder)/step.json")
    }

    private func append(_ text: String) throws {
        let old = FileManager.default.contents(atPath: logPath) ?? Data()
        try (old + Data(text.utf8)).write(to: URL(filePath: logPath))
    }

    /// What the runner does when an attempt has ended.
    private func keep() throws {
        let logs = home.logsPath(run: attempt.run)
        try Directory.create(logs)
        try FileManager.default.linkItem(atPath: logPath, toPath: "\(logs)/\(CommandRunner.logName(attempt.id, attempt.number))")
    }

    private func read(_ log: inout AttemptLog) throws -> String { String(decoding: try log.read(), as: UTF8.self) }

    @Test func `what a command says is read while it runs and after it has ended, each once`() throws {
        var log = AttemptLog(of: attempt, home: home)
        #expect(!log.exists)
        #expect(try read(&log) == "")
        try begin(run: attempt.run, number: 2)
        try append("one\n")
        #expect(log.exists)
        #expect(try read(&log) == "one\n")
        #expect(try read(&log) == "")
        try append("two\n")
        try keep()
        try FileManager.default.removeItem(atPath: workFolder)
        #expect(log.exists)
        #expect(try read(&log) == "two\n")
        #expect(try read(&log) == "")
    }

    @Test func `the next attempt at the same key says nothing in this one's name`() throws {
        var log = AttemptLog(of: attempt, home: home)
        try begin(run: attempt.run, number: 2)
        try append("mine\n")
        try keep()
        try FileManager.default.removeItem(atPath: workFolder)
        try begin(run: attempt.run, number: 3)
        try append("that of the next\n")
        #expect(try read(&log) == "mine\n")
        #expect(try read(&log) == "")
        #expect(AttemptLog(of: attempt, home: home).exists)
    }

    @Test func `the log of an attempt that was cut off is gone with the next at its key`() throws {
        var log = AttemptLog(of: attempt, home: home)
        try begin(run: attempt.run, number: 2)
        try append("mine\n")
        #expect(try read(&log) == "mine\n")
        try begin(run: "another", number: 2)
        try append("that of the next\n")
        #expect(try read(&log) == "")
        #expect(!log.exists)
    }

    @Test(arguments: [
        (100, "one\ntwo\nдно\n"), (12, "\n[3 bytes of this log were left out here]\n\ntwo\nдно\n"),
        // The first letter of the last line has two bytes, of which none is shown without the other.
        (6, "\n[10 bytes of this log were left out here]\nно\n"), (1, "\n[14 bytes of this log were left out here]\n\n"),
    ])
    func `the end of a log begins with a character, behind a line on what is missing`(size: Int, expected: String) throws {
        try begin(run: attempt.run, number: 2)
        try append("one\ntwo\nдно\n")
        var log = AttemptLog(of: attempt, home: home)
        #expect(String(decoding: try log.tail(sizeMaxBytes: size), as: UTF8.self) == expected)
    }
}
