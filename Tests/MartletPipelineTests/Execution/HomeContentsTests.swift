import Foundation
import Glibc
import MartletCore
import MartletStore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct HomeContentsTests {
    private struct Bench {
        let folder: String
        let contents: HomeContents

        init(_ folder: String) throws {
            let home = Home(path: "\(folder)/home")
            try home.prepare()
            (self.folder, contents) = (folder, HomeContents(home: home))
        }

        /// A file that an attempt made, as it is added.
        func add(_ text: String, as name: String) throws -> Digest {
            try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
            let file = try contents.trees.stage(taking: "\(folder)/\(name)")
            contents.add([file])
            return file.content.digest
        }

        func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(folder)/\(name)") }

        func read(_ name: String) -> String? {
            FileManager.default.contents(atPath: "\(folder)/\(name)").map { String(decoding: $0, as: UTF8.self) }
        }
    }

    private func withBench(_ body: (Bench) async throws -> Void) async throws {
        try await withTemporaryFolder { try await body(Bench($0)) }
    }

    @Test func `what was added is there at once, and among the contents once it is settled`() async throws {
        try await withBench { bench in
            let digest = try bench.add("[1]", as: "a")
            #expect(bench.contents.contains(digest))
            #expect(try bench.contents.json(digest) == [1])
            try bench.contents.materialise(digest, at: "\(bench.folder)/copy")
            #expect(bench.read("copy") == "[1]")
            #expect(try !bench.contents.trees.contains(digest))
            try await bench.contents.settle([digest])
            try bench.remove("a")
            #expect(try bench.contents.trees.contains(digest))
            #expect(try bench.contents.json(digest) == [1])
        }
    }

    @Test func `a file that has gone does not stand for equal content that is there`() async throws {
        try await withBench { bench in
            let digest = try bench.add("[1]", as: "gone")
            #expect(try bench.add("[1]", as: "a") == digest)
            try bench.remove("gone")
            #expect(bench.contents.contains(digest))
            #expect(try bench.contents.json(digest) == [1])
            try bench.contents.materialise(digest, at: "\(bench.folder)/copy")
            #expect(bench.read("copy") == "[1]")
            try await bench.contents.settle([digest])
            #expect(try bench.contents.trees.contains(digest))
        }
    }

    @Test func `what has gone altogether cannot be settled`() async throws {
        try await withBench { bench in
            let digest = try bench.add("[1]", as: "gone")
            try bench.remove("gone")
            #expect(!bench.contents.contains(digest))
            await #expect(throws: MartletError.self) { try await bench.contents.settle([digest]) }
        }
    }

    private static let isElsewhere: Bool = {
        var (here, there) = (stat(), stat())
        return stat(NSTemporaryDirectory(), &here) == 0 && stat("/dev/shm", &there) == 0 && here.st_dev != there.st_dev
            && access("/dev/shm", W_OK) == 0
    }()

    @Test(.enabled(if: isElsewhere)) func `content that is not settled is copied where no link can be made`() async throws {
        try await withBench { bench in
            let digest = try bench.add("[1]", as: "a")
            let path = "/dev/shm/martlet-test-\(UInt64.random(in: .min ... .max))"
            defer { unlink(path) }
            try bench.contents.materialise(digest, at: path)
            #expect(FileManager.default.contents(atPath: path) == Data("[1]".utf8))
        }
    }
}
