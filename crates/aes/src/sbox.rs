//! SubBytes as a circuit (Boyar and Peralta, "A depth-16 circuit for the AES S-box", 2011): linear forms of an octet's bits,
//! eighteen products of them that both directions share, and sums of those. The linear parts of the inverse were found by
//! looking for common sums (Paar). Neither direction has the constant of the affine transformation.

use crate::key::AFFINE;
use crate::lane::Bits;

/// SubBytes (FIPS 197 §5.1.1) but for its constant; the lowest bits first.
#[inline(always)]
#[rustfmt::skip]
pub(crate) fn sub_bytes<B: Bits>([x0, x1, x2, x3, x4, x5, x6, x7]: [B; 8]) -> [B; 8] {
    let y14 = x4.xor(x2); let y13 = x7.xor(x1); let y9 = x7.xor(x4); let y8 = x7.xor(x2); let a0 = x6.xor(x5);
    let y1 = a0.xor(x0); let y4 = y1.xor(x4); let y12 = y13.xor(y14); let y2 = y1.xor(x7); let y5 = y1.xor(x1);
    let y3 = y5.xor(y8); let a1 = x3.xor(y12); let y15 = a1.xor(x2); let y20 = a1.xor(x6); let y6 = y15.xor(x0);
    let y10 = y15.xor(a0); let y11 = y20.xor(y9); let y7 = x0.xor(y11); let y17 = y10.xor(y11);
    let y19 = y10.xor(y8); let y16 = a0.xor(y11); let y21 = y13.xor(y16); let y18 = x7.xor(y16);
    let [z0, z1, z2, z3, z4, z5, z6, z7, z8, z9, z10, z11, z12, z13, z14, z15, z16, z17] = products(
        [x0, y1, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11, y12, y13, y14, y15, y16, y17, y18, y19, y20, y21],
    );
    let b0 = z15.xor(z16); let b1 = z10.xor(z11); let b2 = z5.xor(z13); let b3 = z9.xor(z10); let b4 = z2.xor(z12);
    let b5 = z2.xor(z5); let b6 = z7.xor(z8); let b7 = z0.xor(z3); let b8 = z6.xor(z7); let b9 = z16.xor(z17);
    let b10 = z12.xor(b2); let b11 = b4.xor(b7); let b12 = z4.xor(b0); let b13 = z3.xor(b8); let b14 = b0.xor(b11);
    let b15 = z14.xor(b11); let b16 = b6.xor(b12); let b17 = b3.xor(b12); let b18 = z4.xor(b13);
    let b19 = b15.xor(b16); let b20 = z1.xor(b17); let s7 = b13.xor(b17); let s1 = b10.xor(b16);
    let s0 = b2.xor(b14); let b21 = b18.xor(b19); let s4 = b7.xor(b20); let s3 = b5.xor(b20); let s2 = b1.xor(b19);
    let s6 = b18.xor(s4); let s5 = b9.xor(b21);
    [s0, s1, s2, s3, s4, s5, s6, s7]
}

/// InvSubBytes (FIPS 197 §5.3.2) of what still lacks the constant.
#[inline(always)]
#[rustfmt::skip]
pub(crate) fn inv_sub_bytes<B: Bits>([x0, x1, x2, x3, x4, x5, x6, x7]: [B; 8]) -> [B; 8] {
    let y5 = x4.xor(x6); let a0 = x0.xor(x1); let y9 = x3.xor(x4); let a1 = x3.xor(x6); let y4 = y5.xor(a0);
    let a2 = x2.xor(x7); let y8 = x6.xor(x7); let a3 = x5.xor(y5); let y2 = a0.xor(a1); let y6 = x7.xor(y5);
    let y3 = x4.xor(x7); let a4 = x0.xor(x7); let a5 = x2.xor(y9); let y19 = x0.xor(x3); let y10 = a1.xor(a4);
    let y12 = a0.xor(y8); let y7 = x5.xor(y4); let y17 = x1.xor(a5); let a6 = x1.xor(a1); let y1 = x0.xor(y9);
    let y13 = a0.xor(y9); let y16 = x5.xor(a6); let y21 = x0.xor(a3); let y0 = x5.xor(a2); let y20 = a2.xor(y2);
    let y11 = y4.xor(a2); let y18 = x5.xor(y9); let y15 = x2.xor(a3); let y14 = x3.xor(y6);
    let [z0, z1, z2, z3, z4, z5, z6, z7, z8, z9, z10, z11, z12, z13, z14, z15, z16, z17] = products(
        [y0, y1, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11, y12, y13, y14, y15, y16, y17, y18, y19, y20, y21],
    );
    let b0 = z6.xor(z15); let b1 = z13.xor(b0); let b2 = z12.xor(z16); let b3 = z8.xor(b1); let b4 = z3.xor(z4);
    let b5 = b2.xor(b3); let b6 = z2.xor(z10); let b7 = z0.xor(b5); let b8 = z11.xor(z17); let b9 = b4.xor(b6);
    let b10 = z7.xor(b1); let b11 = z14.xor(b9); let b12 = z1.xor(b11); let b13 = z4.xor(z5); let b14 = b2.xor(b12);
    let b15 = z17.xor(b3); let b16 = z9.xor(b12); let b17 = b6.xor(b13); let b18 = z1.xor(b13); let b19 = z8.xor(b0);
    let b20 = z0.xor(b8); let b21 = z3.xor(z5); let b22 = z11.xor(b14); let b23 = z9.xor(b8); let b24 = b10.xor(b17);
    let s4 = z2.xor(b7); let b25 = b2.xor(b10); let s1 = b4.xor(b25); let b26 = z12.xor(b24); let s6 = b15.xor(b16);
    let s3 = b20.xor(b26); let s0 = z15.xor(b23); let s2 = b7.xor(b18); let s7 = b5.xor(b21); let s5 = b19.xor(b22);
    [s0, s1, s2, s3, s4, s5, s6, s7]
}

/// The inverse in GF(2⁸), by way of GF(2⁴).
#[inline(always)]
#[rustfmt::skip]
fn products<B: Bits>(
    [y0, y1, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11, y12, y13, y14, y15, y16, y17, y18, y19, y20, y21]: [B; 22],
) -> [B; 18] {
    let t2 = y12.and(y15); let t3 = y3.and(y6); let t4 = t3.xor(t2); let t5 = y4.and(y0); let t6 = t5.xor(t2);
    let t7 = y13.and(y16); let t8 = y5.and(y1); let t9 = t8.xor(t7); let t10 = y2.and(y7); let t11 = t10.xor(t7);
    let t12 = y9.and(y11); let t13 = y14.and(y17); let t14 = t13.xor(t12); let t15 = y8.and(y10);
    let t16 = t15.xor(t12); let t17 = t4.xor(t14); let t18 = t6.xor(t16); let t19 = t9.xor(t14);
    let t20 = t11.xor(t16); let t21 = t17.xor(y20); let t22 = t18.xor(y19); let t23 = t19.xor(y21);
    let t24 = t20.xor(y18); let t25 = t21.xor(t22); let t26 = t21.and(t23); let t27 = t24.xor(t26);
    let t28 = t25.and(t27); let t29 = t28.xor(t22); let t30 = t23.xor(t24); let t31 = t22.xor(t26);
    let t32 = t31.and(t30); let t33 = t32.xor(t24); let t34 = t23.xor(t33); let t35 = t27.xor(t33);
    let t36 = t24.and(t35); let t37 = t36.xor(t34); let t38 = t27.xor(t36); let t39 = t29.and(t38);
    let t40 = t25.xor(t39); let t41 = t40.xor(t37); let t42 = t29.xor(t33); let t43 = t29.xor(t40);
    let t44 = t33.xor(t37); let t45 = t42.xor(t41);
    [
        t44.and(y15), t37.and(y6), t33.and(y0), t43.and(y16), t40.and(y1), t29.and(y7), t42.and(y11), t45.and(y17),
        t41.and(y10), t44.and(y12), t37.and(y3), t33.and(y4), t43.and(y13), t40.and(y5), t29.and(y2), t42.and(y9),
        t45.and(y14), t41.and(y8),
    ]
}

/// SubWord (FIPS 197 §5.2): the four octets lie side by side in planes of which the lowest bit of each octet counts.
pub(crate) fn sub_word(word: [u8; 4]) -> [u8; 4] {
    let word = u32::from_le_bytes(word);
    let planes = core::array::from_fn(|bit| (word >> bit) & 0x0101_0101);
    let substituted =
        sub_bytes(planes).into_iter().enumerate().fold(0, |all, (bit, plane)| all | plane << bit);
    substituted.to_le_bytes().map(|octet| octet ^ AFFINE)
}
