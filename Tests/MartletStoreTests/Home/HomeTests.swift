import Foundation
import Glibc
import MartletCore
import MartletStore
import MartletTesting
import Testing

struct HomeTests {
    @Test func `the key of a home is made once, and read by its owner alone`() throws {
        try withTemporaryFolder { folder in
            let home = Home(path: "\(folder)/home")
            try home.prepare()
            let sealed = try home.sealingKey().seal([1, 2], of: "n")
            #expect(try home.sealingKey().open(sealed, of: "n") == [1, 2])
            var status = stat()
            try #require(lstat(home.keyPath, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
        }
    }

    @Test func `a home opens the database with which it is a pair, and no other`() async throws {
        try await withTemporaryFolder { folder in
            let (home, other) = (Home(path: "\(folder)/home"), Home(path: "\(folder)/other"))
            for home in [home, other] {
                try home.prepare()
                let database = try await home.openOwnTracking()
                try await ArtifactStore(database, home: home).pair()
                try await database.close()
                try await home.openOwnTracking().close()
            }
            try FileManager.default.removeItem(atPath: home.identityPath)
            try FileManager.default.copyItem(atPath: other.identityPath, toPath: home.identityPath)
            let refusal = await #expect(throws: MartletError.self) { try await home.openOwnTracking().close() }
            #expect(refusal?.code == .invalidInput)
            #expect(refusal?.message.contains("--database") == true)
            try FileManager.default.removeItem(atPath: home.trackingPath)
            let error = await #expect(throws: MartletError.self) { try await home.openOwnTracking().close() }
            #expect(error?.code == .invalidInput)
            #expect(!FileManager.default.fileExists(atPath: home.trackingPath))
        }
    }

    @Test func `a home's own file has all records until another database is used with it`() async throws {
        try await withTemporaryFolder { folder in
            let home = Home(path: "\(folder)/home")
            try home.prepare()
            #expect(try !home.hasAllRecords())
            for url in [nil, ""] { try await home.openOwnTracking(at: url).close() }
            #expect(try home.hasAllRecords())
            await #expect(throws: MartletError.self) { try await home.openOwnTracking(at: "postgresql://127.0.0.1:1/none").close() }
            #expect(try !home.hasAllRecords())
        }
    }

    @Test func `a home that is a pair leaves it to its database what it has`() async throws {
        try await withTemporaryFolder { folder in
            let home = Home(path: "\(folder)/home")
            try home.prepare()
            let database = try await home.openOwnTracking()
            try await ArtifactStore(database, home: home).pair()
            try await database.close()
            #expect(try !home.hasAllRecords())
        }
    }

    @Test func `a database without tables is not a home's own`() async throws {
        try await withTemporaryFolder { folder in
            let home = Home(path: "\(folder)/home")
            try home.prepare()
            let database = try await home.openTracking()
            try await database.write { try $0.execute("CREATE TABLE anything (number INTEGER)") }
            try await database.close()
            try await home.openOwnTracking().close()
            try Data("00000000000000000000000000000000".utf8).write(to: URL(filePath: home.identityPath))
            let error = await #expect(throws: MartletError.self) { try await home.openOwnTracking().close() }
            #expect(error?.code == .invalidInput)
        }
    }

    let folder: TemporaryFolder
    let home: Home

    init() throws {
        folder = try TemporaryFolder()
        home = Home(path: folder.file("deep/home"))
    }

    @Test func `a home is there once it was prepared, and a folder alone is none`() throws {
        try Directory.create(home.path)
        #expect(!home.exists)
        try home.prepare()
        #expect(home.exists)
    }

    @Test func `preparing makes folders for this user only`() throws {
        try home.prepare()
        for path in [home.path, home.blobsPath, home.locksPath, home.temporaryPath] {
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o700)
        }
    }

    @Test func `preparing again changes nothing`() throws {
        try home.prepare()
        try home.prepare()
        #expect(try String(contentsOfFile: home.versionPath, encoding: .utf8) == "1\n")
    }

    @Test func `a newer layout is refused and left alone`() throws {
        try home.prepare()
        try folder.write("2\n", to: "deep/home/version")
        #expect(code(of: { try home.prepare() }) == .invalidInput)
        #expect(try String(contentsOfFile: home.versionPath, encoding: .utf8) == "2\n")
    }

    @Test(arguments: ["", "zero", "-1", "1.5"])
    func `a version that is no number is corrupt`(_ text: String) throws {
        try home.prepare()
        try folder.write(text, to: "deep/home/version")
        #expect(code(of: { try home.prepare() }) == .corrupt)
    }

    @Test func `only temporary files older than a day are removed`() throws {
        try home.prepare()
        try folder.write("old", to: "deep/home/temporary/old")
        let now = Timestamp.now
        try home.prepare(now: now + .seconds(86_000))
        #expect(try folder.names(in: "deep/home/temporary") == ["old"])
        try home.prepare(now: now + .seconds(86_500))
        #expect(try folder.names(in: "deep/home/temporary").isEmpty)
    }

    @Test func `a file in the place of the home is refused`() throws {
        try folder.write("", to: "taken")
        #expect(code(of: { try Home(path: folder.file("taken")).prepare() }) == .storage)
    }

    @Test func `an endpoint has its own log folder`() throws {
        #expect(try home.logPath(endpoint: "price") == "\(home.path)/log/price/")
    }

    @Test(arguments: ["", ".", "..", ".hidden", "a/b", "../x", "a\0b"])
    func `an endpoint name that leaves the folder is refused`(_ name: String) {
        #expect(code(of: { try home.logPath(endpoint: name) }) == .invalidInput)
    }
}
