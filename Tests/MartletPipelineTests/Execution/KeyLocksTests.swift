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
            // As two processes have them: each take has an open file of its own.
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

    @Test func `a home without a folder for locks is told of`() throws {
        try withTemporaryFolder { folder in
            let error = #expect(throws: MartletError.self) { try KeyLocks(home: Home(path: "\(folder)/none")).take(Digest(of: "a")) }
            #expect(error?.message.contains("keys") == true)
        }
    }
}
