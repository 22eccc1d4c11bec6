import Foundation

/// The ways in which a secret may be written: as it is, in a URL, in base64, as JSON.
enum SecretForms {
    /// Shorter secrets are left in the log: they would be found everywhere.
    static let secretSizeMin = 4
    /// A line of a secret of several lines, such as a private key, counts as a secret from this size on; shorter ones, such as `}`, say
    /// nothing.
    static let lineSizeMin = 8
    /// Part of a base64 text counts as a secret's from this size on.
    private static let fragmentSizeMin = 8

    /// All of them for some secrets, each once.
    static func patterns(of secrets: [String]) -> [[UInt8]] {
        var patterns: Set<[UInt8]> = []
        for secret in secrets.flatMap(parts) where secret.utf8.count >= secretSizeMin {
            let bytes = Array(secret.utf8)
            patterns.insert(bytes)
            patterns.formUnion(urlForms(bytes))
            patterns.formUnion(base64Forms(bytes))
            patterns.insert(jsonForm(secret))
        }
        return patterns.sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// A secret, also without the blanks around it, such as a file's last newline, which programs take off; and its lines where it has
    /// several: they may be written one by one, or with other ends.
    private static func parts(of secret: String) -> [String] {
        let lines = secret.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        return [secret, secret.trimmingCharacters(in: .whitespacesAndNewlines)]
            + (lines.count < 2 ? [] : lines.filter { $0.utf8.count >= lineSizeMin })
    }

    /// With digits in capitals or not, a blank as `%20` or `+`, and `/` as it is or not.
    private static func urlForms(_ bytes: [UInt8]) -> [[UInt8]] {
        var forms: [[UInt8]] = []
        for digits in [Array("0123456789ABCDEF".utf8), Array("0123456789abcdef".utf8)] {
            for kept in ["-._~", "-._~/", "-._~!*'()"] {
                let percent = urlForm(bytes, digits, Set(kept.utf8))
                forms += [percent, Array(String(decoding: percent, as: UTF8.self).replacing("%20", with: "+").utf8)]
            }
        }
        return forms
    }

    private static func urlForm(_ bytes: [UInt8], _ digits: [UInt8], _ kept: Set<UInt8>) -> [UInt8] {
        bytes.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): [byte]
            case _ where kept.contains(byte): [byte]
            default: [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
    }

    /// By itself, and as it appears inside a longer text, such as `user:secret`: in three positions, without the digits at both ends that
    /// depend on what is beside it.
    private static func base64Forms(_ bytes: [UInt8]) -> [[UInt8]] {
        var forms = [Array(Data(bytes).base64EncodedString().utf8)]
        for shift in 0..<3 {
            let digits = Array(Data([UInt8](repeating: 0, count: shift) + bytes).base64EncodedString().utf8)
            let first = (shift * 8 + 5) / 6
            let end = (shift + bytes.count) * 8 / 6
            if end - first >= fragmentSizeMin { forms.append(Array(digits[first..<end])) }
        }
        return forms
            + forms.map { $0.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: "-") : $0 == UInt8(ascii: "/") ? UInt8(ascii: "_") : $0 } }
    }

    private static func jsonForm(_ secret: String) -> [UInt8] {
        var text = ""
        for scalar in secret.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return Array(text.utf8)
    }
}
