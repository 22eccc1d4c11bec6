import Testing

@testable import MartletServer

struct ASCIISetTests {
    private static let alphanumerics = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    private static let visible = (0x21...0x7e).map { Character(Unicode.Scalar($0)) }

    static let sets: [(String, ASCIISet, String)] = [
        ("token", .token, alphanumerics + "!#$%&'*+-.^_`|~"), ("authority", .authority, alphanumerics + "-._~!$&'()*+;=:[]%"),
        ("plain path", .plainPath, String(visible.filter { !"%?\\/".contains($0) })), ("visible", .visible, String(visible)),
        ("digits", .digits, "0123456789"),
    ]

    @Test(arguments: sets.indices)
    func `a set holds the characters that its standard lists and no others`(index: Int) {
        let (name, set, characters) = Self.sets[index]
        let held = (UInt8.min...UInt8.max).filter { set.contains($0) }
        #expect(held == characters.utf8.sorted(), "\(name)")
    }
}
