import Foundation
import MartletCore
import MartletInference
import MartletTesting
import Synchronization
import Testing

@Suite struct ModelRepositoryTests {
    /// A loader that makes mirrors and fails where the path says so.
    private static func load(_ name: String, _ version: Int, _ path: String) throws -> ServedModel {
        if path.hasSuffix("broken") { throw MartletError(.corrupt, "\(path) is broken") }
        return try MirrorModel.numbers.served(name, version: version)
    }

    private static func folder(_ names: [String], in folder: String) throws {
        for name in names {
            try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
        }
    }

    @Test func `the newest version answers, and a newer one takes over when it is loaded`() throws {
        try withTemporaryFolder { folder in
            try Self.folder(["price/1", "price/9", "price/10", "price/notes"], in: folder)
            let repository = try ModelRepository(try ModelSource.all(in: folder), loader: Self.load)
            #expect(repository.index.map(\.state) == [.unavailable])
            #expect(try repository.load("price").version == 10)
            try Self.folder(["price/11"], in: folder)
            #expect(try repository.load("price").version == 11)
            #expect(repository.index.map(\.version) == [11])
            #expect(repository.index.map(\.state) == [.ready])
            let error = #expect(throws: MartletError.self) { try repository.model("price", version: 10) }
            #expect(error?.code == .notFound)
            #expect(error?.message.contains("11 is") == true)
        }
    }

    @Test func `a version that cannot be loaded leaves the one that answers, and says why`() throws {
        try withTemporaryFolder { folder in
            let source = try ModelSource(name: "price", path: folder + "/file")
            try Data().write(to: URL(filePath: folder + "/file"))
            let isBroken = Atomic(false)
            let repository = try ModelRepository([source]) { name, version, path in
                try Self.load(name, version, isBroken.load(ordering: .relaxed) ? "broken" : path)
            }
            try repository.load("price")
            isBroken.store(true, ordering: .relaxed)
            #expect(throws: MartletError.self) { try repository.load("price") }
            #expect(try repository.model("price").version == 1)
            try repository.unload("price")
            #expect(throws: MartletError.self) { try repository.load("price") }
            let entry = try #require(repository.index.first)
            #expect(entry.state == .unavailable)
            #expect(entry.reason.contains("broken is broken"))
            let error = #expect(throws: MartletError.self) { try repository.model("price") }
            #expect(error?.code == .unavailable)
        }
    }

    @Test func `a model that was put there after the start is found when it is asked for`() throws {
        try withTemporaryFolder { folder in
            let repository = try ModelRepository([], folder: folder, loader: Self.load)
            let error = #expect(throws: MartletError.self) { try repository.load("late") }
            #expect(error?.code == .notFound)
            try Self.folder(["late"], in: folder)
            #expect(try repository.load("late").name == "late")
        }
    }

    @Test func `a model that is being loaded is neither loaded nor unloaded by others`() throws {
        let conflicts = Mutex<[MartletError.Code]>([])
        let repositories = Mutex<ModelRepository?>(nil)
        let repository = try ModelRepository([try ModelSource(name: "price", path: "/")]) { name, version, path in
            let own = repositories.withLock { $0 }
            for work in [{ _ = try own?.load("price") }, { try own?.unload("price") }] {
                do { try work() } catch let error as MartletError { conflicts.withLock { $0.append(error.code) } }
            }
            return try Self.load(name, version, path)
        }
        repositories.withLock { $0 = repository }
        try repository.load("price")
        #expect(conflicts.withLock { $0 } == [.conflict, .conflict])
        #expect(try repository.model("price").version == 1)
    }

    @Test func `a server is ready without what was unloaded on purpose, and without what never could be loaded since`() throws {
        try withTemporaryFolder { folder in
            try Self.folder(["good", "broken"], in: folder)
            let repository = try ModelRepository(try ModelSource.all(in: folder), folder: folder, loader: Self.load)
            try repository.load("good")
            #expect(throws: MartletError.self) { try repository.load("broken") }
            #expect(!repository.isReady, "it was there at the start")
            try repository.unload("broken")
            #expect(repository.isReady)
            try Self.folder(["late-broken"], in: folder)
            #expect(throws: MartletError.self) { try repository.load("late-broken") }
            #expect(repository.isReady)
            try repository.load("good")
            try repository.unload("good")
            #expect(repository.isReady)
        }
    }

    @Test func `two models of one name are refused, and so are names that fit no address`() throws {
        let source = try ModelSource(name: "price", path: "a")
        let error = #expect(throws: MartletError.self) { try ModelRepository([source, source], loader: Self.load) }
        #expect(error?.code == .conflict)
        for name in ["", ".hidden", "a/b", "ä", "a b", String(repeating: "a", count: 129)] {
            #expect(throws: MartletError.self, "\(name)") { try ModelSource(name: name, path: "a") }
        }
    }

    @Test func `whoever asks while versions change gets one of them, never none`() async throws {
        try await withTemporaryFolder { folder in
            try Self.folder(["price/1"], in: folder)
            let repository = try ModelRepository(try ModelSource.all(in: folder), loader: Self.load)
            try repository.load("price")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        var last = 0
                        while last < 30 {
                            let version = try repository.model("price").version
                            #expect(version >= last)
                            last = version
                            await Task.yield()
                        }
                    }
                }
                for version in 2...30 {
                    try Self.folder(["price/\(version)"], in: folder)
                    try repository.load("price")
                    await Task.yield()
                }
                try await group.waitForAll()
            }
        }
    }
}
