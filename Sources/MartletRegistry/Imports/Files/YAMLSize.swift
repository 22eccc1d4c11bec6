import Glibc

/// How much a text of YAML may become, found without reading it as such: from how many places where a value may begin, and from how often
/// values that have names may be repeated.
struct YAMLSize {
    /// The most values of a file.
    static let nodeCountMax = 1 << 20
    /// The most values that a file may become where its aliases are followed, as a power of two.
    static let expandedBitCountMax = 24.0

    private var nodeCount = 1
    private var anchorCount = 0
    private var aliasCount = 0

    /// Counts. What lies within quotes counts, too, so that a file may be refused whose texts are full of signs, and none is passed over.
    init(of text: String) {
        var previous = UInt8(ascii: "\n")
        var isMark = false
        for byte in text.utf8 {
            if isMark, !Self.isBlank(byte) { if previous == UInt8(ascii: "&") { anchorCount += 1 } else { aliasCount += 1 } }
            isMark = (byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*")) && !Self.isWord(previous)
            switch byte {
            case UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: ":"): nodeCount += 2
            case _ where Self.isBlank(byte): if previous == UInt8(ascii: "-") || previous == UInt8(ascii: "?") { nodeCount += 1 }
            default: break
            }
            previous = byte
        }
    }

    /// Why the text is too much; `nil` where it is not.
    var excess: String? {
        if nodeCount > Self.nodeCountMax { return "\(nodeCount) values, expected at most \(Self.nodeCountMax)" }
        guard anchorCount > 0, aliasCount > 0 else { return nil }
        // Values that hold one another repeat the innermost most often where the aliases are spread evenly.
        let levels = Double(min(anchorCount, aliasCount) + 1)
        let bits = log2(Double(nodeCount)) + levels * log2(Double(aliasCount) / levels + 1)
        return bits > Self.expandedBitCountMax ? "\(aliasCount) aliases that may stand for too many values" : nil
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: byte >= 0x80
        }
    }
}
