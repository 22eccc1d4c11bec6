import Foundation
import Glibc
import MartletStore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite final class FinishedFoldersTests {
    private let finished: FinishedFolders
    private let folder: TemporaryFolder
    private let (old, new): (AttemptFiles, AttemptFiles)
    private let (checkpoint, next): (String, String)

    init() throws {
        folder = try TemporaryFolder()
        finished = FinishedFolders(place: folder.path)
        (old, new) = (AttemptFiles(folder: "\(folder.path)/old"), AttemptFiles(folder: "\(folder.path)/new"))
        (checkpoint, next) = ("\(folder.path)/checkpoint", "\(folder.path)/next")
        for part in [old.folder, old.inputs, old.outputs, "\(old.inputs)/a", checkpoint] { try #require(mkdir(part, 0o700) == 0) }
        for file in [old.description, old.process, old.exit, old.stopped, old.log, "\(old.inputs)/a/x", "\(old.outputs)/o"] {
            try Self.write(file)
        }
    }

    deinit { folder.remove() }

    private static func write(_ path: String) throws { try Data("0\n".utf8).write(to: URL(filePath: path)) }

    private func names() throws -> [String] { try Directory.names(in: folder.path).sorted() }

    @Test func `the next attempt has no more in its folders than one begins with, and what was kept under another name stays`() throws {
        try FileManager.default.linkItem(atPath: old.log, toPath: "\(folder.path)/kept.log")
        finished.add(attempt: old.folder, checkpoint: checkpoint)
        #expect(try names().filter { !$0.hasPrefix(FinishedFolders.prefix) } == ["kept.log"])
        finished.give(attempt: new.folder, inputs: [], checkpoint: next)
        #expect(
            try Set(FileManager.default.subpathsOfDirectory(atPath: new.folder)) == ["inputs", "outputs", "step.json", "process", "exit"])
        for file in [new.description, new.process, new.exit] { #expect(try Data(contentsOf: URL(filePath: file)) == Data(" ".utf8)) }
        #expect(StepLeftover(in: new.folder) == .unknown)
        #expect(new.span == nil)
        #expect(try Directory.names(in: next).isEmpty)
        #expect(try Data(contentsOf: URL(filePath: "\(folder.path)/kept.log")) == Data("0\n".utf8))
        #expect(try names() == ["kept.log", "new", "next"])
        finished.give(attempt: "\(folder.path)/none", inputs: [], checkpoint: "\(folder.path)/none")
        #expect(try names() == ["kept.log", "new", "next"])
    }

    @Test(arguments: [(["a", "b"], ["a", "b"]), (["b"], ["b"]), (["c", "a"], ["a", "c"]), (["c"], ["c"])] as [(Set<String>, [String])])
    func `folders of inputs are used again, by other names where need be`(wanted: Set<String>, given: [String]) throws {
        try #require(mkdir("\(old.inputs)/b", 0o700) == 0)
        try Self.write("\(old.inputs)/d")
        finished.add(attempt: old.folder, checkpoint: checkpoint)
        finished.give(attempt: new.folder, inputs: wanted, checkpoint: next)
        #expect(try FileManager.default.subpathsOfDirectory(atPath: new.inputs).sorted() == given)
    }

    @Test func `what an attempt has no folder for is left to it`() throws {
        finished.add(attempt: old.folder, checkpoint: checkpoint)
        finished.give(attempt: new.folder, inputs: ["x", "y"], checkpoint: next)
        let names = try FileManager.default.subpathsOfDirectory(atPath: new.inputs)
        #expect(names == ["x"] || names == ["y"])
    }

    @Test func `a folder of an input that a command has changed is made anew`() throws {
        try #require(chmod("\(old.inputs)/a", 0o755) == 0)
        finished.add(attempt: old.folder, checkpoint: checkpoint)
        finished.give(attempt: new.folder, inputs: ["a"], checkpoint: next)
        #expect(try Directory.names(in: new.inputs).isEmpty)
    }

    @Test func `what is in a checkpoint goes, and one that is there stays`() throws {
        try Self.write("\(checkpoint)/half")
        finished.add(attempt: old.folder, checkpoint: checkpoint)
        #expect(try names().count == 1)
        try #require(mkdir(checkpoint, 0o700) == 0)
        finished.add(attempt: "\(folder.path)/none", checkpoint: checkpoint)
        try #require(mkdir(next, 0o700) == 0)
        try Self.write("\(next)/half")
        finished.give(attempt: new.folder, inputs: [], checkpoint: next)
        #expect(try Directory.names(in: next) == ["half"])
        finished.remove()
        #expect(try names() == ["new", "next"])
    }

    @Test func `what cannot be put aside is removed`() throws {
        FinishedFolders(place: "\(folder.path)/nowhere").add(attempt: old.folder, checkpoint: checkpoint)
        #expect(try names().isEmpty)
    }

    @Test func `a folder that a command has changed is not used again`() throws {
        try #require(chmod(old.outputs, 0o755) == 0)
        finished.add(attempt: old.folder, checkpoint: checkpoint)
        finished.give(attempt: new.folder, inputs: [], checkpoint: next)
        #expect(try names() == ["next"])
    }

    @Test func `a file that is another's too is left as it is`() throws {
        let others = "\(folder.path)/others"
        try Self.write(others)
        for file in [old.exit, old.process] { try FileManager.default.removeItem(atPath: file) }
        try FileManager.default.linkItem(atPath: others, toPath: old.exit)
        try FileManager.default.createSymbolicLink(atPath: old.process, withDestinationPath: others)
        finished.add(attempt: old.folder, checkpoint: checkpoint)
        finished.give(attempt: new.folder, inputs: [], checkpoint: next)
        #expect(try Data(contentsOf: URL(filePath: others)) == Data("0\n".utf8))
        #expect(try Set(Directory.names(in: new.folder)) == ["inputs", "outputs", "step.json"])
    }

    @Test func `no more are kept than so many`() throws {
        for number in 0..<FinishedFolders.countMax + 3 {
            let path = "\(folder.path)/\(number)"
            try #require(mkdir(path, 0o700) == 0)
            finished.add(attempt: path, checkpoint: "\(path)-none")
        }
        #expect(try names().filter { $0.hasPrefix(FinishedFolders.prefix) }.count == FinishedFolders.countMax)
        finished.remove()
        #expect(try names() == ["checkpoint", "old"])
    }
}
