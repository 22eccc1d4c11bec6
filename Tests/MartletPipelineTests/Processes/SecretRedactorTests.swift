import Foundation
import MartletCore
import Testing

@testable import MartletPipeline

@Suite struct SecretRedactorTests {
    /// The whole text at once, from its definition.
    private static func naive(_ bytes: [UInt8], _ patterns: [[UInt8]]) -> [UInt8] {
        var (result, position): ([UInt8], Int) = ([], 0)
        while position < bytes.count {
            let found = patterns.filter { !$0.isEmpty && bytes[position...].starts(with: $0) }.map(\.count).max()
            result += found.map { _ in Array("***".utf8) } ?? [bytes[position]]
            position += found ?? 1
        }
        return result
    }

    private static func redacted(_ bytes: [UInt8], _ patterns: [[UInt8]], _ random: inout SplitMix64) -> [UInt8] {
        var redactor = SecretRedactor(patterns)
        var (result, rest): ([UInt8], ArraySlice<UInt8>) = ([], bytes[...])
        while !rest.isEmpty {
            let count = random.index(below: 6)
            result += redactor.add(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return result + redactor.finish()
    }

    @Test(arguments: 0..<400 as Range<UInt64>)
    func `however a text is cut, its secrets are replaced as in the whole`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        // Few letters, so that secrets overlap, begin alike and hold one another.
        func letters(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(97 + random.index(below: 2)) } }
        let patterns = (0..<random.index(below: 5)).map { _ in letters(random.index(below: 7)) }
        let text = letters(random.index(below: 200))
        #expect(Self.redacted(text, patterns, &random) == Self.naive(text, patterns), "seed \(seed)")
    }

    @Test func `a secret is found as it is, in a URL, in base64 and in JSON, and nothing else is`() {
        let secret = "pa ss/w+ör\"d?9"
        let basic = Data("user:\(secret)@x".utf8).base64EncodedString()
        let url = secret.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        let json = "{\"k\":\"\(secret.replacing("\"", with: "\\\""))\"}"
        let text = "a \(secret) b \(url) c \(url.lowercased()) d \(Data(secret.utf8).base64EncodedString()) e \(basic) f \(json) g"
        var redactor = SecretRedactor(SecretForms.patterns(of: [secret]))
        let shown = String(decoding: redactor.add(Array(text.utf8)) + redactor.finish(), as: UTF8.self)
        #expect(shown.hasPrefix("a *** b *** c *** d *** e dXNlcj"))
        #expect(shown.hasSuffix(" f {\"k\":\"***\"} g"))
        // All but the few bits that it shares with what is beside it.
        #expect(shown.contains(/e dXNlcj.{0,3}\*\*\*.{0,6} f/))
    }

    @Test(arguments: 0..<3) func `a secret is found wherever it begins in a base64 text`(shift: Int) {
        let secret = "correct horse"
        let text = Data((String(repeating: "x", count: shift) + secret + "yyyy").utf8).base64EncodedString()
        var redactor = SecretRedactor(SecretForms.patterns(of: [secret]))
        let shown = String(decoding: redactor.add(Array(text.utf8)) + redactor.finish(), as: UTF8.self)
        #expect(shown.contains("***"))
        #expect(shown.count <= 3 + 3 + 8, "\(shown)")
    }

    @Test func `each line of a secret that has several is found, but for short ones`() {
        let secret = "-----BEGIN KEY-----\n  MIIEvQIBADANBg\r\nkq-hki=\n}\n"
        let redactor = SecretRedactor(SecretForms.patterns(of: [secret]))
        #expect(redactor.redacted("a MIIEvQIBADANBg b") == "a *** b")
        #expect(redactor.redacted("kq-hki= and }") == "kq-hki= and }")
        #expect(redactor.redacted("<\(secret)>") == "<***>")
        #expect(redactor.redacted("-----BEGIN KEY-----\r\nMIIEvQIBADANBg\r\n") == "***\r\n***\r\n")
    }

    @Test(arguments: ["hunter2\n", "hunter2\r\n", " hunter2\n\n", "\thunter2 "])
    func `a secret is found without the blanks around it`(secret: String) {
        let redactor = SecretRedactor(SecretForms.patterns(of: [secret]))
        #expect(redactor.redacted("user:hunter2@host") == "user:***@host")
        #expect(redactor.redacted("<\(secret)>") == "<***>")
    }

    @Test func `a line of seven bytes is left, and one of eight is not`() {
        let patterns = SecretForms.patterns(of: ["1234567\n12345678"])
        #expect(!patterns.contains(Array("1234567".utf8)))
        #expect(patterns.contains(Array("12345678".utf8)))
    }

    @Test func `a secret of fewer than four characters is left`() {
        #expect(SecretForms.patterns(of: ["abc", ""]).isEmpty)
        #expect(SecretForms.patterns(of: ["abcd"]).contains(Array("abcd".utf8)))
    }
}
