use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::hex::vector;

/// The leaves and roots that the Certificate Transparency implementations share as test data.
const LEAVES: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn hash(text: &str) -> Sha256 {
    text.parse().unwrap()
}

fn published_leaves() -> Vec<Sha256> {
    LEAVES.iter().map(|leaf| leaf_hash(&vector(leaf))).collect()
}

/// The definitions of RFC 6962, 2.1, word for word: slow and plainly right.
mod naive {
    use super::super::{empty_root, node_hash};
    use crate::digest::Sha256;

    fn k(n: usize) -> usize {
        (0..).map(|e| 1 << e).take_while(|power| *power < n).last().unwrap()
    }

    pub(super) fn mth(leaves: &[Sha256]) -> Sha256 {
        match leaves {
            [] => empty_root(),
            [one] => *one,
            many => {
                let (left, right) = many.split_at(k(many.len()));
                node_hash(&mth(left), &mth(right))
            }
        }
    }

    pub(super) fn path(m: usize, leaves: &[Sha256]) -> Vec<Sha256> {
        if leaves.len() == 1 {
            return vec![];
        }
        let (left, right) = leaves.split_at(k(leaves.len()));
        let (mut below, sibling) = if m < left.len() {
            (path(m, left), mth(right))
        } else {
            (path(m - left.len(), right), mth(left))
        };
        below.push(sibling);
        below
    }

    pub(super) fn proof(m: usize, leaves: &[Sha256]) -> Vec<Sha256> {
        if m == 0 { vec![] } else { subproof(m, leaves, true) }
    }

    fn subproof(m: usize, leaves: &[Sha256], known: bool) -> Vec<Sha256> {
        if m == leaves.len() {
            return if known { vec![] } else { vec![mth(leaves)] };
        }
        let (left, right) = leaves.split_at(k(leaves.len()));
        let (mut below, sibling) = if m <= left.len() {
            (subproof(m, left, known), mth(right))
        } else {
            (subproof(m - left.len(), right, false), mth(left))
        };
        below.push(sibling);
        below
    }
}

/// A log with the nodes that appending completed, as a server stores them.
fn stored(leaves: &[Sha256]) -> (Frontier, HashMap<NodeAddress, Sha256>) {
    let mut frontier = Frontier::new();
    let mut nodes = HashMap::new();
    for leaf in leaves {
        for (address, hash) in frontier.append(*leaf) {
            assert_eq!(nodes.insert(address, hash), None, "a node is completed once");
        }
    }
    (frontier, nodes)
}

fn inclusion(leaves: &[Sha256], index: usize, size: usize) -> InclusionProof {
    let (_, nodes) = stored(leaves);
    let plan = InclusionProof::plan(u64::try_from(index).unwrap(), u64::try_from(size).unwrap()).unwrap();
    plan.assemble(|address| nodes.get(&address).copied()).unwrap()
}

fn consistency(leaves: &[Sha256], old: usize, new: usize) -> ConsistencyProof {
    let (_, nodes) = stored(leaves);
    let plan = ConsistencyProof::plan(u64::try_from(old).unwrap(), u64::try_from(new).unwrap()).unwrap();
    plan.assemble(|address| nodes.get(&address).copied()).unwrap()
}

fn numbered(count: usize) -> Vec<Sha256> {
    (0..count).map(|number| leaf_hash(&number.to_be_bytes())).collect()
}

#[test]
fn the_empty_tree_and_the_published_roots() {
    assert_eq!(root_of(&[]), hash("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    assert_eq!(Frontier::new().root(), empty_root());
    let leaves = published_leaves();
    for (count, root) in (1..).zip(ROOTS) {
        assert_eq!(root_of(&leaves[..count]), hash(root), "{count} leaves");
    }
}

#[test]
fn the_published_inclusion_proofs() {
    let leaves = published_leaves();
    for (index, size, path) in [
        (0, 1, vec![]),
        (
            0,
            8,
            vec![
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            5,
            8,
            vec![
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (2, 3, vec!["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
        (
            1,
            5,
            vec![
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ] {
        let proof = inclusion(&leaves, index, size);
        assert_eq!(proof.path, path.into_iter().map(hash).collect::<Vec<_>>(), "{index} of {size}");
        assert_eq!(proof.verify(&leaves[index], &hash(ROOTS[size - 1])), Ok(()));
    }
}

#[test]
fn the_published_consistency_proofs() {
    let leaves = published_leaves();
    for (old, new, path) in [
        (1, 1, vec![]),
        (
            1,
            8,
            vec![
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            6,
            8,
            vec![
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (
            2,
            5,
            vec![
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
        (
            6,
            7,
            vec![
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
    ] {
        let proof = consistency(&leaves, old, new);
        assert_eq!(proof.path, path.into_iter().map(hash).collect::<Vec<_>>(), "{old} to {new}");
        assert_eq!(proof.verify(&hash(ROOTS[old - 1]), &hash(ROOTS[new - 1])), Ok(()));
    }
}

#[test]
fn every_small_tree_agrees_with_the_definitions() {
    let leaves = numbered(40);
    for size in 0..=leaves.len() {
        let root = naive::mth(&leaves[..size]);
        assert_eq!(root_of(&leaves[..size]), root);
        for index in 0..size {
            let proof = inclusion(&leaves, index, size);
            assert_eq!(proof.path, naive::path(index, &leaves[..size]));
            assert_eq!(proof.verify(&leaves[index], &root), Ok(()));
        }
        for old in 0..=size {
            let proof = consistency(&leaves, old, size);
            assert_eq!(proof.path, naive::proof(old, &leaves[..size]), "{old} to {size}");
            assert_eq!(proof.verify(&naive::mth(&leaves[..old]), &root), Ok(()));
        }
    }
}

#[test]
fn a_changed_history_is_noticed() {
    // Two heads were seen; then one old entry is changed, dropped, doubled or swapped with its neighbour.
    let honest = numbered(23);
    let seen = root_of(&honest[..14]);
    let mut tampered = vec![honest.clone(); 4];
    tampered[0][3] = leaf_hash(b"another entry");
    tampered[1].remove(3);
    tampered[2].insert(3, honest[3]);
    tampered[3].swap(3, 4);
    assert_eq!(consistency(&honest, 14, 23).verify(&seen, &root_of(&honest)), Ok(()));
    for leaves in tampered {
        let proof = consistency(&leaves, 14, leaves.len());
        assert_eq!(proof.verify(&seen, &root_of(&leaves)), Err(ProofRefused));
    }
    // The control: without the tie to the head seen before, the rewritten log looks sound in itself.
    let mut rewritten = honest.clone();
    rewritten[3] = leaf_hash(b"another entry");
    assert!(inclusion(&rewritten, 3, 23).verify(&rewritten[3], &root_of(&rewritten)).is_ok());
}

#[test]
fn a_damaged_proof_is_refused() {
    let leaves = numbered(21);
    let root = root_of(&leaves);
    let good = inclusion(&leaves, 9, 21);
    assert_eq!(good.verify(&leaves[9], &root), Ok(()));
    assert_eq!(good.verify(&leaves[8], &root), Err(ProofRefused));
    assert_eq!(good.verify(&leaves[9], &empty_root()), Err(ProofRefused));
    let mut wrong = vec![
        InclusionProof { index: 8, ..good.clone() },
        InclusionProof { index: 10, ..good.clone() },
        InclusionProof { index: 11, ..good.clone() },
        InclusionProof { index: u64::MAX, ..good.clone() },
        InclusionProof { size: 42, ..good.clone() },
        InclusionProof { size: 10, ..good.clone() },
        InclusionProof { size: 0, ..good.clone() },
        InclusionProof { path: [good.path.as_slice(), &[root]].concat(), ..good.clone() },
        InclusionProof { path: [&[root], good.path.as_slice()].concat(), ..good.clone() },
        InclusionProof { path: good.path[1..].to_vec(), ..good.clone() },
        InclusionProof { path: good.path[..good.path.len() - 1].to_vec(), ..good.clone() },
    ];
    for position in 0..good.path.len() {
        let mut damaged = good.clone();
        let mut bytes = *damaged.path[position].as_bytes();
        bytes[0] ^= 8;
        damaged.path[position] = Sha256::from_bytes(bytes);
        wrong.push(damaged);
    }
    for proof in wrong {
        assert_eq!(proof.verify(&leaves[9], &root), Err(ProofRefused), "{proof:?}");
    }
}

#[test]
fn a_damaged_consistency_proof_is_refused() {
    let leaves = numbered(21);
    let (old, new) = (root_of(&leaves[..13]), root_of(&leaves));
    let good = consistency(&leaves, 13, 21);
    assert_eq!(good.verify(&old, &new), Ok(()));
    assert_eq!(good.verify(&new, &old), Err(ProofRefused));
    for proof in [
        ConsistencyProof { old_size: 12, ..good.clone() },
        ConsistencyProof { old_size: 14, ..good.clone() },
        ConsistencyProof { old_size: 16, ..good.clone() },
        ConsistencyProof { old_size: 22, ..good.clone() },
        ConsistencyProof { new_size: 42, ..good.clone() },
        ConsistencyProof { new_size: 13, ..good.clone() },
        ConsistencyProof { old_size: 0, ..good.clone() },
        ConsistencyProof { path: vec![], ..good.clone() },
        ConsistencyProof { path: [good.path.as_slice(), &[new]].concat(), ..good.clone() },
        ConsistencyProof { path: [&[old], good.path.as_slice()].concat(), ..good.clone() },
        ConsistencyProof { path: good.path[..good.path.len() - 1].to_vec(), ..good.clone() },
    ] {
        assert_eq!(proof.verify(&old, &new), Err(ProofRefused), "{proof:?}");
    }
    let empty = ConsistencyProof { old_size: 0, new_size: 21, path: vec![] };
    assert_eq!(empty.verify(&empty_root(), &new), Ok(()));
    assert_eq!(empty.verify(&old, &new), Err(ProofRefused));
}

#[test]
fn a_leaf_cannot_pass_for_a_node() {
    let (left, right) = (leaf_hash(b"a"), leaf_hash(b"b"));
    let disguised = [left.as_bytes().as_slice(), right.as_bytes()].concat();
    assert_ne!(leaf_hash(&disguised), node_hash(&left, &right));
    // The control: without the prefixes the two would be one hash.
    assert_eq!(
        crate::sha256(&disguised),
        crate::digest::sha256_of_parts(&[left.as_bytes(), right.as_bytes()])
    );
}

#[test]
fn plans_refuse_what_cannot_be_and_name_a_hole() {
    assert_eq!(InclusionProof::plan(5, 5), Err(PlanError::NoSuchLeaf { index: 5, size: 5 }));
    assert_eq!(InclusionProof::plan(0, 0), Err(PlanError::NoSuchLeaf { index: 0, size: 0 }));
    assert_eq!(ConsistencyProof::plan(6, 5), Err(PlanError::Shrunk { old_size: 6, new_size: 5 }));
    let plan = InclusionProof::plan(2, 7).unwrap();
    let first = plan.needed().next().unwrap();
    assert_eq!(plan.assemble(|_| None), Err(PlanError::MissingNode(first)));
    assert_eq!(first.leaves(), (3, 1));
}

#[test]
fn a_log_of_any_length_needs_few_hashes() {
    let plan = InclusionProof::plan(1 << 40, (1 << 41) + 12345).unwrap();
    assert!(plan.needed().count() < 64);
    let plan = ConsistencyProof::plan((1 << 40) + 77, (1 << 41) + 12345).unwrap();
    assert!(plan.needed().count() < 128);
    let needed: Vec<_> = plan.needed().collect();
    let distinct: std::collections::HashSet<_> = needed.iter().collect();
    assert_eq!(distinct.len(), needed.len(), "each hash is asked for once");
    assert!(InclusionProof::plan(u64::MAX - 1, u64::MAX).is_ok());
}

#[test]
fn a_stored_frontier_continues_where_it_was() {
    let leaves = numbered(27);
    let (mut frontier, _) = stored(&leaves[..19]);
    let json = serde_json::to_string(&frontier).unwrap();
    let mut restored: Frontier = serde_json::from_str(&json).unwrap();
    assert_eq!((restored.size(), restored.peaks().len()), (19, 3));
    for leaf in &leaves[19..] {
        frontier.append(*leaf);
        restored.append(*leaf);
    }
    assert_eq!(restored.root(), root_of(&leaves));
    assert_eq!(restored, frontier);
}

#[test]
fn a_frontier_with_a_hash_too_few_or_many_is_refused() {
    let peak = leaf_hash(b"");
    assert_eq!(Frontier::from_parts(3, vec![peak]), Err(BadFrontier { size: 3, expected: 2, found: 1 }));
    assert!(Frontier::from_parts(4, vec![peak; 2]).is_err());
    assert!(serde_json::from_str::<Frontier>(r#"{"size":1,"peaks":[]}"#).is_err());
    assert!(Frontier::from_parts(0, vec![]).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn larger_trees_agree_with_the_definitions(size in 1_usize..400, picks: (prop::sample::Index, prop::sample::Index)) {
        let leaves = numbered(size);
        let root = naive::mth(&leaves);
        prop_assert_eq!(root_of(&leaves), root);
        let index = picks.0.index(size);
        let proof = inclusion(&leaves, index, size);
        prop_assert_eq!(&proof.path, &naive::path(index, &leaves));
        prop_assert_eq!(proof.verify(&leaves[index], &root), Ok(()));
        let old = picks.1.index(size + 1);
        let proof = consistency(&leaves, old, size);
        prop_assert_eq!(&proof.path, &naive::proof(old, &leaves));
        prop_assert_eq!(proof.verify(&naive::mth(&leaves[..old]), &root), Ok(()));
    }

    #[test]
    fn no_made_up_proof_is_accepted(index in 0_u64..9, size in 0_u64..9, path in prop::collection::vec(any::<[u8; 32]>(), 0..5)) {
        let path: Vec<Sha256> = path.into_iter().map(Sha256::from_bytes).collect();
        let root = leaf_hash(b"no root of anything");
        let made_up = InclusionProof { index, size, path: path.clone() };
        prop_assert!(made_up.verify(&leaf_hash(b"x"), &root).is_err());
        let made_up = ConsistencyProof { old_size: index, new_size: size, path };
        prop_assert!(made_up.verify(&leaf_hash(b"x"), &root).is_err());
    }
}
