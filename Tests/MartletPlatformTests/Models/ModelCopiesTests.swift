import Foundation
import Glibc
import MartletCore
import MartletRegistry
import MartletStore
import MartletTesting
import Testing

@testable import MartletPlatform

@Suite struct ModelCopiesTests {
    private let now = Timestamp.now

    /// A home with versions of a model that were deployed one after the other, whose copies are two hours old.
    private func with(versions count: Int64, _ body: (Home, RecordStore, [Digest]) throws -> Void) throws {
        try withTemporaryFolder { folder in
            let home = Home(path: "\(folder)/home")
            try home.prepare()
            let records = try RecordStore(path: home.databasePath)
            var digests: [Digest] = []
            for number in 1...count {
                let version = ModelVersion(
                    model: "price", version: number, createdAt: 0, updatedAt: 0, description: "", stage: .unstaged, source: "s",
                    run: "r\(number)",
                    runLink: "")
                let found = LocatedVersion(
                    version: version, model: RegisteredModelID(number: 1, createdAt: 0), location: "mlflow-artifacts:/\(number)")
                let release = ModelRelease(name: "price", of: found, files: ["MLmodel": Digest(of: "1")])
                _ = try records.register(release.digest, name: "price", run: nil, manifest: release.manifest, at: .now)
                try move(records, to: release.digest, .deploy)
                digests.append(release.digest)
                try makeCopy(home, release.digest, ageSeconds: 7_200)
            }
            try body(home, records, digests)
            try records.close()
        }
    }

    private func move(_ records: RecordStore, to digest: Digest, _ action: RouteMove.Action) throws {
        let current = try records.current(endpoint: "price")?.release
        _ = try records.move(
            endpoint: "price", to: digest, action: action, by: "test", reason: "", at: now,
            expecting: current.map { .release($0) } ?? .nothing)
    }

    private func makeCopy(_ home: Home, _ digest: Digest, ageSeconds: Int) throws {
        let folder = "\(home.modelsPath)/\(digest.hex)"
        try Directory.create("\(folder)/1")
        try Data("12345".utf8).write(to: URL(filePath: "\(folder)/1/MLmodel"))
        let seconds = Int(now.microseconds / 1_000_000) - ageSeconds
        var times = [timespec(tv_sec: seconds, tv_nsec: 0), timespec(tv_sec: seconds, tv_nsec: 0)]
        try #require(utimensat(AT_FDCWD, folder, &times, 0) == 0)
    }

    private func unused(_ home: Home, _ records: RecordStore) throws -> [Digest] {
        try ModelCopies(home, records).unused(before: now, now: now).map(\.release)
    }

    @Test func `copies stay that a name points to or would roll back to, and others are told and removed`() throws {
        try with(versions: 4) { home, records, digests in
            let copies = ModelCopies(home, records)
            let found = try copies.unused(before: now, now: now)
            #expect(Set(found.map(\.release)) == Set(digests.prefix(2)))
            #expect(found.allSatisfy { $0.name == "price" && $0.sizeBytes == 5 })
            #expect(Set(found.compactMap(\.address)) == ["models:/price/1", "models:/price/2"])
            #expect(try copies.remove(found, before: now, now: now) == found)
            #expect(try Set(Directory.names(in: home.modelsPath)) == Set(digests.suffix(2).map(\.hex)))
            #expect(try Directory.names(in: home.temporaryPath).isEmpty)
        }
    }

    @Test func `after a rollback the target of the next one stays, and what was rolled back from does not`() throws {
        try with(versions: 3) { home, records, digests in
            try move(records, to: digests[1], .rollback)
            #expect(try unused(home, records) == [digests[2]])
        }
    }

    @Test func `what a server answers from, or did of late, stays until it is long ago`() throws {
        try with(versions: 4) { home, records, digests in
            _ = try records.activate(endpoint: "price", release: digests[0], process: "here", at: now)
            _ = try records.activate(endpoint: "old", release: digests[1], process: "gone", at: now - .seconds(7_200))
            #expect(try unused(home, records) == [digests[1]])
            try records.deactivate(process: "here", at: now)
            #expect(try unused(home, records) == [digests[1]])
        }
    }

    @Test func `young copies stay, whatever age was asked for, and folders that are none`() throws {
        try with(versions: 2) { home, records, _ in
            try makeCopy(home, Digest(of: "cut off"), ageSeconds: 60)
            try Directory.create("\(home.modelsPath)/notes")
            #expect(try unused(home, records).isEmpty)
            try makeCopy(home, Digest(of: "another"), ageSeconds: 7_200)
            #expect(try ModelCopies(home, records).unused(before: now - .seconds(90_000), now: now).isEmpty)
            #expect(try unused(home, records) == [Digest(of: "another")])
        }
    }

    @Test func `what came to be needed after it was found stays`() throws {
        try with(versions: 4) { home, records, digests in
            let copies = ModelCopies(home, records)
            let found = try copies.unused(before: now, now: now)
            try move(records, to: digests[0], .deploy)
            #expect(try copies.remove(found, before: now, now: now).map(\.release) == [digests[1]])
            #expect(Directory.kind(of: "\(home.modelsPath)/\(digests[0].hex)") != nil)
        }
    }
}
