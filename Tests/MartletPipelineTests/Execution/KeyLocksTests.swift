import Foundation
import MartletCore
import MartletStore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct KeyLocksTests {
    @Test func `a key is held by one at a time, and others are free`() throws {
        try withTemporaryFolder { folder in
            let home = Home(path: "\(folder)/home")
            try home.prepare()
            // As two processes have them: each has an open file of its own.
            let (mine, theirs) = (KeyLocks(home: home), KeyLocks(home: home))
            let (first, second) = (Digest(of: "a"), Digest(of: "b"))
            let hold = try #require(try mine.take(first))
            #expect(try theirs.take(first) == nil)
            #expect(try mine.take(first) == nil)
            let other = try #require(try theirs.take(second))
            hold.release()
            hold.release()
            let next = try #require(try theirs.take(first))
            #expect(try mine.take(second) == nil)
            other.release()
            next.release()
        }
    }

    @Test func `a run that goes on beside others is seen to, and asking takes nothing`() throws {
        try withTemporaryFolder { folder in
            let home = Home(path: "\(folder)/home")
            try home.prepare()
            let (mine, theirs) = (KeyLocks(home: home), KeyLocks(home: home))
            #expect(try !theirs.isHeld(run: "1a"))
            let hold = try #require(try mine.take(run: "1a"))
            #expect(try mine.isHeld(run: "1a") && theirs.isHeld(run: "1a"))
            #expect(try !theirs.isHeld(run: "1b"))
            hold.release()
            #expect(try !mine.isHeld(run: "1a") && !theirs.isHeld(run: "1a"))
        }
    }

    @Test func `a key that is forgotten is free, and named by its beginning too`() throws {
        try withTemporaryFolder { folder in
            let home = Home(path: "\(folder)/home")
            try home.prepare()
            let (locks, key) = (KeyLocks(home: home), Digest(of: "a"))
            do {
                let hold = try #require(try locks.take(key))
                #expect(try locks.take(digits: String(key.hex.prefix(40))) == nil)
                withExtendedLifetime(hold) {}
            }
            #expect(try locks.take(digits: String(key.hex.prefix(40))) != nil)
        }
    }

    @Test func `thousands of keys are held at once with one open file, and others take them when they are released`() throws {
        try withTemporaryFolder { folder in
            let home = Home(path: "\(folder)/home")
            try home.prepare()
            let (mine, theirs) = (KeyLocks(home: home), KeyLocks(home: home))
            let keys = (0..<3_000).map { Digest(of: "\($0)") }
            let path = "\(home.locksPath)/keys"
            let holds = try keys.map { try #require(try mine.take($0)) }
            #expect(try Self.openCount(of: path) == 1)
            #expect(try keys.allSatisfy { try mine.take($0) == nil && theirs.take($0) == nil })
            for hold in holds[..<1_500] { hold.release() }
            for (number, key) in keys.enumerated() { #expect(try (theirs.take(key) != nil) == (number < 1_500)) }
            // A second release lets nobody go who came after the first.
            let next = try #require(try mine.take(keys[0]))
            holds[0].release()
            #expect(try theirs.take(keys[0]) == nil)
            withExtendedLifetime((holds, next)) {}
        }
    }

    @Test func `a key that is held keeps its file open when nobody else has the locks`() throws {
        try withTemporaryFolder { folder in
            let home = Home(path: "\(folder)/home")
            try home.prepare()
            let key = Digest(of: "a")
            let hold = try #require(try KeyLocks(home: home).take(key))
            #expect(try KeyLocks(home: home).take(key) == nil)
            hold.release()
            #expect(try KeyLocks(home: home).take(key) != nil)
            withExtendedLifetime(hold) {}
            #expect(try Self.openCount(of: "\(home.locksPath)/keys") == 0)
        }
    }

    /// How often this process has a file open.
    private static func openCount(of path: String) throws -> Int {
        let folder = "/proc/self/fd"
        let target = URL(filePath: path).resolvingSymlinksInPath().path
        return try FileManager.default.contentsOfDirectory(atPath: folder).count { name in
            // One that others close meanwhile is another file.
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)")) == target
        }
    }

    @Test func `a home without a folder for locks is told of`() throws {
        try withTemporaryFolder { folder in
            let error = #expect(throws: MartletError.self) { try KeyLocks(home: Home(path: "\(folder)/none")).take(Digest(of: "a")) }
            #expect(error?.message.contains("keys") == true)
        }
    }
}
