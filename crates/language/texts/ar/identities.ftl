# حسابات في أماكن أخرى مرتبطة بحساب.
identity-nav = الحسابات المرتبطة
identity-title = الحسابات المرتبطة
identity-lead = حسابات في أماكن أخرى تمثّلك هنا: من يضمن أحدها يضمنك.
identity-none = لا يوجد حساب في مكان آخر مرتبط بحسابك.
identity-since = رُبط في { $day }.
identity-used = آخر استخدام في { $day }.
identity-unlink = فك الربط
identity-note-unlinked = انتهى الربط.
identity-last = هذه طريقتك الوحيدة للدخول. أضف طريقة أخرى أولًا، مثل بريد إلكتروني أو مفتاح مرور. لم يتغيّر شيء.
