import MartletCore
import Testing

struct PasswordHashTests {
    /// The least that is allowed, so that tests take no time.
    private static let cost = PasswordHash.Cost(memoryExponent: 4)

    private func hash(_ password: String) throws -> PasswordHash { try PasswordHash(of: password, cost: #require(Self.cost)) }

    @Test func `a password matches its hash, and no other does`() throws {
        let hash = try hash("correct horse")
        #expect(hash.matches("correct horse"))
        for other in ["correct horse ", "Correct horse", "", "correct hors", String(repeating: "x", count: 2_000)] {
            #expect(!hash.matches(other), "\(other)")
        }
    }

    @Test func `the same password is never hashed to the same text`() throws {
        #expect(try hash("correct horse").description != hash("correct horse").description)
    }

    @Test func `a hash reads back from its text and still matches`() throws {
        let hash = try hash("correct horse")
        let read = try #require(PasswordHash(hash.description))
        #expect(read == hash)
        #expect(read.matches("correct horse"))
    }

    /// RFC 7914, section 12: scrypt ("pleaseletmein", "SodiumChloride", 16384, 8, 1), of whose 64 bytes any first ones are the shorter key.
    @Test func `the hash is that of RFC 7914`() throws {
        let hash = try #require(
            PasswordHash("$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI"))
        #expect(hash.matches("pleaseletmein"))
        #expect(!hash.matches("pleaseletmeout"))
    }

    @Test func `a letter and its accent are the accented letter`() throws {
        #expect(try hash("pass\u{E9}-word").matches("passe\u{301}-word"))
    }

    @Test(arguments: ["", "short 7", String(repeating: "x", count: 1_025)])
    func `a password that is too short or too long is refused`(password: String) {
        #expect(throws: MartletError.self) { try hash(password) }
    }

    @Test(
        arguments: [
            "", "$", "plain", "$argon2id$ln=4,r=8,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
            "$scrypt$ln=4,r=8$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
            "$scrypt$ln=63,r=8,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA", "$scrypt$ln=4,r=99999999999999999999,p=1$c2FsdHNhbHQ$aGFzaA",
            "$scrypt$ln=0,r=8,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA", "$scrypt$ln=4,r=8,p=1$c2F!$aGFzaGhhc2hoYXNoaGFzaA",
            "$scrypt$ln=4,r=8,p=1$c2FsdHNhbHQ$", "$scrypt$ln=4,r=8,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA$",
        ])
    func `what is no hash of ours, or would cost too much, is none`(text: String) {
        #expect(PasswordHash(text) == nil)
    }
}
