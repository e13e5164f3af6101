// One step of a structure that events have had.

import Bytes

/// A key after the keys that came before it in an object; or, without a key, the beginning of an object, or the
/// elements of a list.
///
/// Whatever can be said of a key by what is around it is settled once, when the node is made: that the object
/// does not have it already, that the object is not too deep nor too large, what the key means there, and its
/// stored form.
struct ShapeNode {
  /// The first eight bytes of the key with the quotation mark after it, zeros after those of a shorter one.
  var head: UInt64 = 0
  /// The last eight bytes of the same; equal to `head` for a shorter one.
  var tail: UInt64 = 0
  /// Which bits of eight bytes belong to a short key.
  var mask: UInt64 = 0
  /// The bytes of the key and the quotation mark.
  var length: UInt32 = 0
  /// Where they begin in the tree's bytes.
  var start: UInt32 = 0
  /// The node taken after this one in the same object last; 0 for none.
  var next: UInt32 = 0
  /// The last call of the parser in which an event had it, if it is plain: nothing has to be done for it in such a
  /// call but to store the key.
  var plainCall: UInt32 = 0
  /// The symbol of the key, in its stored form.
  var storedKey: UInt32 = 0
  var storedKeyLength: UInt8 = 0
  /// Where the object begins that is this key's value, or an element of this list; 0 if there was none yet.
  var object: UInt32 = 0
  /// The elements of the list that is this key's value, or an element of this list; 0 likewise.
  var list: UInt32 = 0
  /// The node before it in the same object; the object's beginning has itself.
  var previous: UInt32 = 0
  /// The node taken before `next`; 0 for none.
  var nextButOne: UInt32 = 0
  /// What the members of the object mean that this node is part of.
  var scope = ObjectScope.other
  /// How deep that object nests.
  var depth: UInt8 = 0
  /// Whether an empty list is an empty object here.
  var takesEmptyList = false
  var role = MemberRole.plain
  /// The number of the field that its value is, and 1; 0 for none.
  var field: UInt16 = 0
  /// The node of the table of fields that its value stands at; 0 where no path leads.
  var place: UInt16 = 0
  /// The same of the object that it is a member of; 0 too for the event itself.
  var container: UInt16 = 0
  var symbol: UInt32 = 0
  /// How many members the object has up to this one.
  var memberCount: UInt32 = 0
  /// The last call of the parser in which an event had it, so that its symbol is noted once a call.
  var lastCall: UInt32 = 0

  /// Whether its key means nothing, and its value is no field.
  var isPlain: Bool {
    guard case .plain = role else { return false }
    return field == 0 && !takesEmptyList
  }
}
